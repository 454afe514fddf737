"""Values in, values out: no file, network, clock, log or environment. Modules read in the order of the data."""
