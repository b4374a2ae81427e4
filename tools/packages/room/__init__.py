"""A room like the one that Lambda gives a function: its paths, its user, its environment."""
