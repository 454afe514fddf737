"""Says whether a clustered deployment is supported, by whom, how far, why, and what nobody looked at."""
