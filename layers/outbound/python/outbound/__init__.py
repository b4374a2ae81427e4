"""The only way to the internet: an HTTP client for addresses that strangers chose."""
