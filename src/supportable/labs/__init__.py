"""Labs: trials performed by commands, in several environments, kept as evidence and resumable."""
