"""From a stranger's bytes to a compressed image in a store."""
