"""Finding out a file's delimiter, from its header row alone."""

import csv
import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from catalogue import limits
from catalogue.header import known_columns
from pipeline.errors import FileError, FileErrorCode

DELIMITERS = (",", ";", "\t")

_DECLARATION = re.compile(r'"?sep=.?"?[,;\t]*\s*', re.IGNORECASE)
"""What tells Excel the delimiter, in a line before the header."""


class HeaderRow(NamedTuple):
    """The header's cells, how they were told apart, and lines that were read beyond it."""

    delimiter: str
    columns: list[str]
    surplus: list[str]


class _Attempt(NamedTuple):
    delimiter: str
    columns: list[str]
    lines: int  # taken from the beginning of the file
    closed: bool  # whether every quote in the header ends


def read_header(lines: Iterator[str]) -> HeaderRow:
    """Reads the header row with each delimiter and keeps the reading that makes most sense.

    That is the one with most of the known columns, then the one with most columns; so a delimiter
    inside quotes counts for nothing, and neither does one that is part of a column's name. A line
    ``sep=;`` before the header is passed over.

    Args:
        lines: the file's lines, from its first; the header's are consumed.

    Raises:
        FileError: no header, or a quote in it does not end.
    """
    head: list[str] = []
    first = next(lines, "")
    if not _DECLARATION.fullmatch(first):
        lines = chain((first,), lines)
    attempts = [_attempt(delimiter, head, lines) for delimiter in DELIMITERS]
    if not any(attempt.columns for attempt in attempts):
        raise FileError(FileErrorCode.EMPTY_FILE, "The file has no header row.")
    # max() keeps the first of equals: a single column is as good as comma-separated.
    best = max(
        attempts, key=lambda each: (known_columns(each.columns), each.closed, len(each.columns))
    )
    if len(best.columns) > limits.COLUMNS:
        raise FileError(
            FileErrorCode.TOO_MANY_COLUMNS,
            f"The header has {len(best.columns):,} columns; at most {limits.COLUMNS:,} are "
            "allowed.",
        )
    if not best.closed:
        raise FileError(
            FileErrorCode.UNCLOSED_QUOTE, "A quote that begins in the header is never closed."
        )
    return HeaderRow(best.delimiter, best.columns, head[best.lines :])


def _attempt(delimiter: str, head: list[str], lines: Iterator[str]) -> _Attempt:
    """The first row that is not blank, by ``delimiter``.

    Args:
        head: lines read already; more are taken from ``lines`` as needed and added.
    """
    taken = 0
    asked_for_more = False

    def replayed() -> Iterator[str]:
        nonlocal taken, asked_for_more
        while True:
            if taken == len(head):
                line = next(lines, None) if len(head) < limits.HEADER_LINES else None
                if line is None:
                    asked_for_more = True
                    return
                head.append(line)
            taken += 1
            yield head[taken - 1]

    try:
        for cells in csv.reader(replayed(), delimiter=delimiter):
            if cells and (len(cells) > 1 or cells[0].strip()):
                # The reader only asks beyond the last line while a quote is open.
                return _Attempt(delimiter, cells, taken, closed=not asked_for_more)
    except csv.Error as error:
        raise FileError(
            FileErrorCode.CELL_TOO_LARGE,
            f"A cell of the header exceeds {limits.CELL_CHARACTERS:,} characters. "
            "Perhaps a quote in it is never closed.",
        ) from error
    return _Attempt(delimiter, [], taken, closed=True)
