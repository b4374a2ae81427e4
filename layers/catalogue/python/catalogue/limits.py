"""How large a product table may be. Every error about a limit states it."""

BYTES = 200_000_000
"""Size of a file: 200 MB."""

ROWS = 1_000_000
"""Data rows in a file."""

COLUMNS = 16_384
"""As many as a sheet of Excel has."""

URLS = 100
"""Image URLs in a row."""

URL_CHARACTERS = 2_048
"""What browsers, proxies and CDNs are known to pass on."""

CELL_CHARACTERS = 1_048_576
"""One cell. Usually what exceeds it is a quote that is never closed."""

ROW_CHARACTERS = 4 * CELL_CHARACTERS
"""One row, with all its cells and the lines they span; it bounds the memory that reading takes."""

HEADER_LINES = 100
"""Lines among which the header must end, so that a stray quote in it does not swallow the file."""
