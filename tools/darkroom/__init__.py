"""The command line: a client of a deployed Darkroom, by its public API alone."""
