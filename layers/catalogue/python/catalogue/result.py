"""Writing the table back with its results: the input's cells as they were, and two columns more."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from catalogue.header import normalized
from catalogue.reader import Table

OUTPUT = "Output Image Urls"
ERRORS = "Errors"

BLOCK = 65_536
"""Characters gathered before a block is handed on; a row is never split."""

_SURROGATES = re.compile("[\ud800-\udfff]")


class Outcome(Protocol):
    """What became of one data row (``database.images.ResultRow``; this layer does not know it).

    ``urls``, ``output_urls`` and ``error_codes`` run in parallel, in the order of the row's cell.
    """

    @property
    def number(self) -> int: ...
    @property
    def error_code(self) -> str | None: ...
    @property
    def error_column(self) -> str | None: ...
    @property
    def urls(self) -> Sequence[str]: ...
    @property
    def output_urls(self) -> Sequence[str | None]: ...
    @property
    def error_codes(self) -> Sequence[str | None]: ...


def written(table: Table, outcomes: Iterable[Outcome]) -> Iterator[bytes]:
    """The result CSV, block by block: one line per data row of ``table``, in its order.

    UTF-8, with a byte order mark if the input had one; the input's delimiter; CRLF (RFC 4180). A
    short row is padded to the header, cells beyond the header are cut: only so do all lines have
    the same columns. Bytes that were not text become U+FFFD.

    Args:
        table: freshly opened, no row read.
        outcomes: one for each data row, in order.

    Raises:
        ValueError: rows and outcomes do not match.
    """
    columns = table.header.columns
    kept = kept_columns(columns)
    width = len(kept)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=table.delimiter, lineterminator="\r\n")
    if table.encoding.marked:
        text.write("\ufeff")
    writer.writerow([*kept, *added_columns(kept)])
    for cells, outcome in zip(table.records(), outcomes, strict=True):
        if outcome.number != table.rows_read:
            raise ValueError(f"row {table.rows_read} met the outcome of row {outcome.number}")
        padded = [*cells[:width], *[""] * (width - len(cells))]
        writer.writerow([*padded, output(outcome), errors(outcome)])
        if text.tell() >= BLOCK:
            yield _encoded(text.getvalue())
            text.seek(0)
            text.truncate()
    yield _encoded(text.getvalue())


def kept_columns(columns: Sequence[str]) -> list[str]:
    """The input's columns that the result repeats: all, unless the input is a result itself.

    A result ends with our two columns. Uploaded again, these are replaced; a column that merely
    bears one of their names elsewhere is the user's own and stays.
    """
    kept = list(columns)
    return kept[:-2] if kept[-2:] == [OUTPUT, ERRORS] else kept


def added_columns(kept: Sequence[str]) -> list[str]:
    """The names of our two columns, numbered where the input has columns of these names."""
    taken = {normalized(column) for column in kept}
    return [_free(OUTPUT, taken), _free(ERRORS, taken)]


def output(outcome: Outcome) -> str:
    """The new URLs in the order of the input's, an empty place for a failed image."""
    return ",".join([(url or "").replace(",", "%2C") for url in outcome.output_urls])


def errors(outcome: Outcome) -> str:
    """One line for each error: its code, and the column or the URL at fault."""
    if outcome.error_code is not None:
        return f"{outcome.error_code}: {outcome.error_column}"
    return "\n".join(
        [
            f"{code}: {url}"
            for url, code in zip(outcome.urls, outcome.error_codes, strict=True)
            if code is not None
        ]
    )


def _free(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while normalized(candidate) in taken:
        candidate, number = f"{name} {number}", number + 1
    return candidate


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text).encode()
