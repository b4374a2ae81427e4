"""The ``csv_rows`` table: what a CSV's rows asked for, and with the images what became of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection


@dataclass(frozen=True)
class NewRow:
    """A data row as ingest understood it; ``error`` is a rejected row's code, column, message."""

    number: int
    image_positions: Sequence[int] = ()
    error: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class ResultRow:
    """A data row with what became of its images, in the order of its cell."""

    number: int
    error_code: str | None
    error_column: str | None
    error_message: str | None
    urls: list[str]
    output_urls: list[str | None]
    error_codes: list[str | None]
    error_messages: list[str | None]


RESULTS: LiteralString = """
    WITH chunk AS (
        SELECT * FROM csv_rows
        WHERE job_id = %(job_id)s AND row_number > %(after)s
        ORDER BY row_number LIMIT %(chunk)s
    )
    SELECT chunk.row_number AS number,
           chunk.error_code, chunk.error_column, chunk.error_message,
           coalesce(cell.urls, '{}') AS urls,
           coalesce(cell.output_urls, '{}') AS output_urls,
           coalesce(cell.error_codes, '{}') AS error_codes,
           coalesce(cell.error_messages, '{}') AS error_messages
    FROM chunk LEFT JOIN LATERAL (
        SELECT array_agg(images.url ORDER BY place) AS urls,
               array_agg(images.output_url ORDER BY place) AS output_urls,
               array_agg(images.error_code ORDER BY place) AS error_codes,
               array_agg(images.error_message ORDER BY place) AS error_messages
        FROM unnest(chunk.image_positions) WITH ORDINALITY AS cell (position, place)
        JOIN images ON images.job_id = %(job_id)s
                   AND images.position = cell.position
    ) AS cell ON true
    ORDER BY chunk.row_number
"""
FAILED: LiteralString = RESULTS.replace(
    "ORDER BY row_number LIMIT",
    """AND (error_code IS NOT NULL OR EXISTS (
              SELECT FROM images
              WHERE images.job_id = %(job_id)s AND images.position = ANY(image_positions)
                AND images.status = 'failed'))
        ORDER BY row_number LIMIT""",
)


def add(connection: Connection, job_id: UUID, rows: Iterable[NewRow]) -> None:
    """Stores data rows of a job that has none of their numbers yet."""
    with connection.cursor().copy(
        """
        COPY csv_rows (job_id, row_number, image_positions, error_code, error_column, error_message)
        FROM STDIN (FORMAT BINARY)
        """
    ) as copy:
        copy.set_types(["uuid", "int4", "int4[]", "text", "text", "text"])
        for row in rows:
            copy.write_row(
                (job_id, row.number, list(row.image_positions), *(row.error or (None, None, None)))
            )


def results(connection: Connection, job_id: UUID, *, chunk: int = 2_000) -> Iterator[ResultRow]:
    """Every data row in order with what became of its images, ``chunk`` rows at a time."""
    return _rows(connection, job_id, RESULTS, chunk)


def failed(connection: Connection, job_id: UUID, *, chunk: int = 2_000) -> Iterator[ResultRow]:
    """Those of the rows that were rejected or that have a failed image."""
    return _rows(connection, job_id, FAILED, chunk)


def _rows(
    connection: Connection, job_id: UUID, query: LiteralString, chunk: int
) -> Iterator[ResultRow]:
    after = 0
    while True:
        with connection.cursor(row_factory=class_row(ResultRow)) as cursor:
            rows = cursor.execute(
                query, {"job_id": job_id, "after": after, "chunk": chunk}
            ).fetchall()
        yield from rows
        if len(rows) < chunk:
            return
        after = rows[-1].number
