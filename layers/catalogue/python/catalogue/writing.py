"""From lines of cells to the bytes of a CSV, block by block."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from catalogue.reader import Table

BLOCK = 65_536
"""Characters gathered before a block is handed on; a row is never split."""

_SURROGATES = re.compile("[\ud800-\udfff]")


def blocks(table: Table, lines: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The lines as UTF-8, with a byte order mark if ``table`` had one, its delimiter, and CRLF
    (RFC 4180). Bytes of it that were not text become U+FFFD."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=table.delimiter, lineterminator="\r\n")
    if table.encoding.marked:
        text.write("\ufeff")
    for line in lines:
        writer.writerow(line)
        if text.tell() >= BLOCK:
            yield _encoded(text.getvalue())
            text.seek(0)
            text.truncate()
    yield _encoded(text.getvalue())


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text).encode()
