"""Evidence collected where it arises: a table of what is asked of a machine, what runs it, and what takes secrets out of it."""
