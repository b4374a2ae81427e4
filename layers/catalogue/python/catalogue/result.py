"""Writing the table back with its results: the input's cells as they were, and two columns more."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from catalogue import writing
from catalogue.header import normalized
from catalogue.reader import Table

OUTPUT = "Output Image Urls"
ERRORS = "Errors"
ROW = "Input Row"
"""A file of failures has this one too: the row's number in the file that it came from."""


class Outcome(Protocol):
    """What became of one data row (``database.csv_rows.ResultRow``; this layer does not know it).

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
    return writing.blocks(table, _lines(table, outcomes))


def _lines(table: Table, outcomes: Iterable[Outcome]) -> Iterator[list[str]]:
    kept = kept_columns(table.header.columns)
    yield [*kept, *added_columns(kept)]
    for cells, outcome in zip(table.records(), outcomes, strict=True):
        if outcome.number != table.rows_read:
            raise ValueError(f"row {table.rows_read} met the outcome of row {outcome.number}")
        yield [*fitted(cells, len(kept)), output(outcome), errors(outcome)]


def kept_columns(columns: Sequence[str]) -> list[str]:
    """The input's columns that a file of ours repeats: all, unless the input is of ours itself.

    A result ends with the columns that we add, and so does a file of failures. Uploaded again,
    these are replaced; a column that merely bears one of their names elsewhere is the user's own.
    """
    kept = list(columns)
    for added in (failure_columns, added_columns):
        count = len(added([]))
        if kept[-count:] == added(kept[:-count]):
            return kept[:-count]
    return kept


def added_columns(kept: Sequence[str]) -> list[str]:
    """The names of our columns in a result, numbered where the input has columns of these names."""
    return [_free(OUTPUT, kept), _free(ERRORS, kept)]


def failure_columns(kept: Sequence[str]) -> list[str]:
    """The names of our columns in a file of failures."""
    return [*added_columns(kept), _free(ROW, kept)]


def fitted(cells: Sequence[str], width: int) -> list[str]:
    """The cells of a row, filled up or cut to ``width``."""
    return [*cells[:width], *[""] * (width - len(cells))]


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


def _free(name: str, kept: Sequence[str]) -> str:
    taken = {normalized(column) for column in kept}
    candidate, number = name, 2
    while normalized(candidate) in taken:
        candidate, number = f"{name} {number}", number + 1
    return candidate
