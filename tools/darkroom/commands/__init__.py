"""One function for each command, by what they are about."""
