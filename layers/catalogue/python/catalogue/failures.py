"""Writing the rows that failed, to be mended and uploaded again."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from catalogue import result, writing
from catalogue.reader import Table


class Failed(result.Outcome, Protocol):
    """A row that was rejected, or of whose images some failed; with the reasons in words."""

    @property
    def error_message(self) -> str | None: ...
    @property
    def error_messages(self) -> Sequence[str | None]: ...


def written(table: Table, failed: Iterable[Failed]) -> Iterator[bytes]:
    """The rows at fault as a CSV, block by block: as the result has them, and each row's number.

    Their cells are as they were, all URLs included, so that a mended row, uploaded again, gives a
    whole row of the new result. A row with more cells than the header keeps the surplus at its end,
    where a person sees it and a second upload is told of it again.

    Args:
        table: freshly opened, no row read.
        failed: the outcomes of those rows alone, in order.

    Raises:
        ValueError: the table has no such row.
    """
    return writing.blocks(table, _lines(table, failed))


def _lines(table: Table, failed: Iterable[Failed]) -> Iterator[list[str]]:
    columns = table.header.columns
    kept = result.kept_columns(columns)
    yield [*kept, *result.failure_columns(kept)]
    records = table.records()
    for outcome in failed:
        cells = next((each for each in records if table.rows_read == outcome.number), None)
        if cells is None:
            raise ValueError(f"there is no row {outcome.number}")
        yield [
            *result.fitted(cells, len(kept)),
            result.output(outcome),
            reasons(outcome),
            str(outcome.number),
            *cells[len(columns) :],
        ]


def reasons(outcome: Failed) -> str:
    """One line for each error: its code, the column or the URL at fault, and what is wrong."""
    if outcome.error_code is not None:
        return f"{outcome.error_code}: {outcome.error_column} ({outcome.error_message})"
    return "\n".join(
        f"{code}: {url} ({message})"
        for url, code, message in zip(
            outcome.urls, outcome.error_codes, outcome.error_messages, strict=True
        )
        if code is not None
    )
