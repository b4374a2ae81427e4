"""A stage's whole life, from the first deploy to its deletion, to see that each step works."""
