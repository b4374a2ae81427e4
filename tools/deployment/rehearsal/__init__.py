"""A whole life of a stage, from the first deploy to the last deletion, to see that each step works."""
