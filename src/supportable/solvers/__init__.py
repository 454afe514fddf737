"""Solvers: the questions of the core's searches, put to programs that others wrote; each is imported when it is used."""
