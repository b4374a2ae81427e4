"""Reading the file of failures that the API gives: each reason with its row."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Failure = dict[str, Any]
"""``{row, column, code, message, url}``, the shape of ``POST /v1/validate``'s errors; one of
``column`` and ``url`` is null: a row is rejected for a column, an image of it fails at a URL."""

OURS = re.compile(
    r"Output Image Urls(?: \d+)?(?P<delimiter>.)Errors(?: \d+)?(?P=delimiter)Input Row(?: \d+)?\r\n"
)
"""How its header ends."""

REASON = re.compile(r"(?P<code>[a-z_]+): (?P<place>.*?) \((?P<message>.*)\)", re.DOTALL)
LARGEST_CELL = 2**31 - 1
LONGEST_HEADER = 2**20


def read(pieces: Iterable[bytes]) -> Iterator[Failure]:
    """The failures of a file that comes in pieces, in order of their rows."""
    csv.field_size_limit(LARGEST_CELL)
    text = io.TextIOWrapper(io.BufferedReader(_Raw(pieces)), "utf-8-sig", "replace", newline="")
    head = ""
    while not (found := OURS.search(head)):
        line = text.readline()
        head += line
        if not line or len(head) > LONGEST_HEADER:
            return
    [header] = csv.reader(io.StringIO(head, newline=""), delimiter=found["delimiter"])
    columns = sorted(header, key=len, reverse=True)  # the longest first: names begin like others
    for cells in csv.reader(text, delimiter=found["delimiter"]):
        # Surplus cells of a row stand after our columns.
        reasons, row = cells[len(header) - 2 : len(header)]
        yield from _reasons(reasons, int(row), columns)


def _reasons(text: str, row: int, columns: Sequence[str]) -> Iterator[Failure]:
    code, _, rest = text.partition(": ")
    column = next((name for name in columns if rest.startswith(f"{name} (")), None)
    if column is not None:  # the name may go over several lines
        message = rest.removeprefix(f"{column} (").removesuffix(")")
        yield _failure(row, code, message, column=column)
        return
    for line in text.split("\n"):
        found = REASON.fullmatch(line)
        if found and found["code"] in ROW_CODES:
            yield _failure(row, found["code"], found["message"], column=found["place"])
        elif found:
            yield _failure(row, found["code"], found["message"], url=found["place"])
        elif line:
            yield _failure(row, line.partition(":")[0], line)


ROW_CODES = frozenset(
    {"ragged_row", "missing_name", "missing_urls", "too_many_urls", "invalid_encoding"}
)


def _failure(
    row: int, code: str, message: str, *, column: str | None = None, url: str | None = None
) -> Failure:
    return {"row": row, "column": column, "code": code, "message": message, "url": url}


class _Raw(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (a writable buffer has no name in 3.11)
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
