"""The HTTP API: takes jobs in, shows how far they are, hands out what came of them."""
