"""The CSV contract: how a product table is read, checked, and written back with its results."""
