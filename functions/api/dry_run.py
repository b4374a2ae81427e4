"""Reading a CSV as ingest would, and keeping only what is found."""

from collections.abc import Iterator
from itertools import islice

from api.models_validation import Column, CsvError, ImagesFound, Role, RowsFound, Validation
from catalogue.header import Header, shortened
from catalogue.reader import Row, Table
from pipeline.errors import FileError, FileErrorCode, ImageErrorCode, RowErrorCode

MOST_ERRORS = 1_000
MOST_COLUMNS = 1_000
"""Listed in one answer, which Lambda bounds to 6 MB."""

PIECE = 65_536
"""Bytes handed to the reader at once."""


def dry_run(content: bytes) -> Validation:
    """Everything that a job of this CSV would meet before its first image is fetched."""
    findings = _Findings()
    table = None
    try:
        table = Table(_pieces(content))
        for row in table.rows():
            findings.add(row, table.header)
    except FileError as error:
        findings.spoiled(error)
    if table is not None and not findings.file_errors and findings.rejected == table.rows_read:
        findings.spoiled(_no_valid_rows(table.rows_read))
    return findings.summary(table)


class _Findings:
    """Counts everything, and keeps the first errors."""

    def __init__(self) -> None:
        self.file_errors: list[CsvError] = []
        self.rejected = 0
        self._errors: list[CsvError] = []
        self._count = 0
        self._urls: set[str] = set()
        self._invalid: set[str] = set()

    def add(self, row: Row, header: Header) -> None:
        self._urls.update(row.urls)
        self._invalid.update(row.invalid_urls)
        if row.error is not None:
            self.rejected += 1
            self._note(row.number, row.error.column, row.error.code, row.error.message)
        for url, problem in row.invalid_urls.items():
            label = header.label(header.urls)
            self._note(row.number, label, ImageErrorCode.INVALID_URL, problem, shortened(url))

    def spoiled(self, error: FileError) -> None:
        self.file_errors.append(
            CsvError(row=error.row, column=None, code=error.code, message=error.message)
        )

    def summary(self, table: Table | None) -> Validation:
        total = self._count + len(self.file_errors)
        return Validation(
            valid=total == 0,
            usable=not self.file_errors,
            encoding=table and table.encoding.name,
            delimiter=table and table.delimiter,
            columns=_columns(table.header) if table else [],
            rows=RowsFound(total=table.rows_read if table else 0, rejected=self.rejected),
            images=ImagesFound(total=len(self._urls), invalid=len(self._invalid)),
            errors=[*self.file_errors, *self._errors][:MOST_ERRORS],
            errors_total=total,
        )

    def _note(
        self,
        row: int,
        column: str,
        code: RowErrorCode | ImageErrorCode,
        message: str,
        url: str | None = None,
    ) -> None:
        self._count += 1
        if len(self._errors) < MOST_ERRORS:
            self._errors.append(
                CsvError(row=row, column=column, code=code, message=message, url=url)
            )


def _columns(header: Header) -> list[Column]:
    roles = {header.name: Role.PRODUCT_NAME, header.urls: Role.IMAGE_URLS}
    if header.serial is not None:
        roles[header.serial] = Role.SERIAL
    return [
        Column(name=shortened(name), role=roles.get(place))
        for place, name in enumerate(islice(header.columns, MOST_COLUMNS))
    ]


def _no_valid_rows(rows: int) -> FileError:
    message = (
        f"None of the file's {rows:,} rows can be used."
        if rows
        else "The file has a header but no rows."
    )
    return FileError(FileErrorCode.NO_VALID_ROWS, message)


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]
