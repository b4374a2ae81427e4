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

_DECLARATION = re.compile(r'"?sep=.?"?[,;\t]*+\s*+', re.IGNORECASE)
"""What tells Excel the delimiter, in a line before the header. What has matched is not tried anew
(``*+``): a tab is a delimiter and white space, and a line may hold millions of them."""


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
        FileError: no header, one that is too large, or one with a quote that does not end.
    """
    head: list[str] = []
    first = next(lines, "")
    if not _DECLARATION.fullmatch(first):
        lines = chain((first,), lines)
    attempts = [_attempt(delimiter, head, lines) for delimiter in DELIMITERS]
    # max() keeps the first of equals: a single column is as good as comma-separated.
    best = max(
        attempts, key=lambda each: (known_columns(each.columns), each.closed, len(each.columns))
    )
    if _characters(head[: best.lines]) > limits.ROW_CHARACTERS:
        raise _too_long()
    if not best.columns:
        raise FileError(FileErrorCode.EMPTY_FILE, "The file has no header row.")
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
                line = None if _is_enough(head) else next(lines, None)
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
        raise _too_long() from error
    return _Attempt(delimiter, [], taken, closed=True)


def _is_enough(head: list[str]) -> bool:
    """Whether a header would have ended by now. Who reads on regardless is in an open quote, which
    may be that of a delimiter that is not the file's; so it is no error yet."""
    return len(head) >= limits.HEADER_LINES or _characters(head) > limits.ROW_CHARACTERS


def _characters(lines: list[str]) -> int:
    return sum(map(len, lines))


def _too_long() -> FileError:
    return FileError(
        FileErrorCode.CELL_TOO_LARGE,
        f"The header has a cell of more than {limits.CELL_CHARACTERS:,} characters, or more than "
        f"{limits.ROW_CHARACTERS:,} in all. Perhaps a quote in it is never closed.",
    )
