"""Reading a product table as a stream: encoding, delimiter, header, then row by row."""

import csv
import re
from collections.abc import Iterable, Iterator
from functools import partial
from io import TextIOWrapper
from itertools import chain
from typing import NamedTuple

from catalogue import encoding, limits, rules
from catalogue.dialect import read_header
from catalogue.header import Header
from pipeline.errors import FileError, FileErrorCode, RowError

# NUL, which PostgreSQL's text cannot hold, and lone surrogates: bytes that are no text.
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


class Row(NamedTuple):
    """A data row, checked.

    Attributes:
        number: counts the data rows from 1.
        cells: as they stand in the file, one a column unless the row is ragged.
        name, serial: without surrounding white space; empty if the row is unreadable.
        urls: the row's image URLs in the order of its cell, repeated ones included.
        invalid_urls: those of ``urls`` that cannot be fetched, and why.
        error: why the row is rejected; then it has no URLs.
        size: characters it takes in the file.
    """

    number: int
    cells: list[str]
    name: str
    serial: str
    urls: list[str]
    invalid_urls: dict[str, str]
    error: RowError | None
    size: int


class Table:
    """A CSV as it streams by, once; memory depends on its longest row only.

    Args:
        chunks: the file's bytes, cut anywhere.

    Attributes:
        encoding, delimiter, header: as they were detected.
        rows_read: data rows read so far.

    Raises:
        FileError: the file cannot be used at all; reading its rows may raise it too.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        # The csv module's limit (128 Ki by default) is one for the whole process.
        csv.field_size_limit(limits.CELL_CHARACTERS)
        self.rows_read = 0
        self._size = 0  # characters of the row being read; 0 between two rows
        self._damaged = False  # whether that row holds what is not text
        self.encoding, text = encoding.decoded(chunks)
        lines = _lines(text)
        self.delimiter, columns, surplus = read_header(lines)
        if _NOT_TEXT.search("".join(columns)):
            raise _not_text(columns)
        self.header = Header.of(columns)
        self._reader = csv.reader(self._watched(chain(surplus, lines)), delimiter=self.delimiter)

    def rows(self) -> Iterator[Row]:
        """Each data row that is left, checked."""
        header = self.header
        width, name_at, serial_at = len(header.columns), header.name, header.serial
        for cells in self.records():
            if len(cells) != width or self._damaged:
                error = rules.unreadable(cells, header, _NOT_TEXT)
                yield Row(self.rows_read, cells, "", "", [], {}, error, self._size)
                continue
            name = cells[name_at].strip()
            serial = "" if serial_at is None else cells[serial_at].strip()
            found, invalid, problem = rules.images(name, cells, header)
            yield Row(self.rows_read, cells, name, serial, found, invalid, problem, self._size)

    def records(self) -> Iterator[list[str]]:
        """The cells of each data row that is left, unchecked. Blank lines are no rows."""
        self._begin_row()  # whoever read before may have stopped at a row
        try:
            for cells in self._reader:
                if len(cells) > 1 or (cells and cells[0].strip()):
                    self.rows_read += 1
                    if self.rows_read > limits.ROWS:
                        raise _too_many_rows()
                    yield cells
                self._begin_row()
        except csv.Error as error:
            raise _too_long(self.rows_read + 1) from error

    def skip(self, rows: int) -> None:
        """Passes over the next ``rows`` data rows."""
        if rows > 0:
            for number, _ in enumerate(self.records(), 1):
                if number == rows:
                    return

    def _begin_row(self) -> None:
        self._size = 0
        self._damaged = False

    def _watched(self, lines: Iterator[str]) -> Iterator[str]:
        """The rows' lines, as csv.reader asks for them: one a row, more while a quote is open."""
        for line in lines:
            self._size += len(line)
            if self._size > limits.ROW_CHARACTERS:
                raise _too_long(self.rows_read + 1)
            if "\0" in line or not (line.isascii() or _NOT_TEXT.search(line) is None):
                self._damaged = True
            yield line
        if self._size:
            row = self.rows_read + 1
            raise FileError(
                FileErrorCode.UNCLOSED_QUOTE,
                f"A quote that begins in row {row} is never closed.",
                row=row,
            )


def _lines(text: TextIOWrapper) -> Iterator[str]:
    """Lines with their ends, be they CR, LF or CRLF; none much longer than a row may be."""
    try:
        yield from iter(partial(text.readline, limits.ROW_CHARACTERS + 1), "")
    except UnicodeDecodeError as error:
        raise FileError(
            FileErrorCode.UNSUPPORTED_ENCODING,
            "The file's text is cut off in the middle of a character. Upload it again.",
        ) from error


def _not_text(columns: list[str]) -> FileError:
    if any("\0" in column for column in columns):
        return FileError(
            FileErrorCode.NOT_A_CSV, f"The file is binary, not a CSV. {encoding.SAVE_AS}"
        )
    return FileError(
        FileErrorCode.UNSUPPORTED_ENCODING, f"The header is not UTF-8 text. {encoding.SAVE_AS}"
    )


def _too_many_rows() -> FileError:
    return FileError(
        FileErrorCode.TOO_MANY_ROWS,
        f"The file has more than {limits.ROWS:,} rows. Split it into several.",
    )


def _too_long(row: int) -> FileError:
    return FileError(
        FileErrorCode.CELL_TOO_LARGE,
        f"Row {row} has a cell of more than {limits.CELL_CHARACTERS:,} characters, or more than "
        f"{limits.ROW_CHARACTERS:,} in all. Perhaps a quote in it is never closed.",
        row=row,
    )
