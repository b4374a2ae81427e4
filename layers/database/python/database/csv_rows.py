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


# Each image is looked up by itself: a range in the order of the primary key, which is then the
# only index that gives it without sorting. Statistics may be wrong about how many images a job has,
# and about how many of them failed.
ROWS: LiteralString = """
    SELECT csv_rows.row_number AS number,
           csv_rows.error_code, csv_rows.error_column, csv_rows.error_message,
           coalesce(cell.urls, '{}') AS urls,
           coalesce(cell.output_urls, '{}') AS output_urls,
           coalesce(cell.error_codes, '{}') AS error_codes,
           coalesce(cell.error_messages, '{}') AS error_messages
    FROM csv_rows LEFT JOIN LATERAL (
        SELECT array_agg(image.url ORDER BY place) AS urls,
               array_agg(image.output_url ORDER BY place) AS output_urls,
               array_agg(image.error_code ORDER BY place) AS error_codes,
               array_agg(image.error_message ORDER BY place) AS error_messages,
               bool_or(image.status = 'failed') AS has_failed
        FROM unnest(csv_rows.image_positions) WITH ORDINALITY AS cell (position, place)
        CROSS JOIN LATERAL (
            SELECT * FROM images
            WHERE images.job_id = csv_rows.job_id
              AND images.position >= cell.position AND images.position <= cell.position
            ORDER BY images.position LIMIT 1
        ) AS image
    ) AS cell ON true
    WHERE csv_rows.job_id = %(job_id)s
      AND csv_rows.row_number > %(after)s AND csv_rows.row_number <= %(up_to)s
"""
RESULTS: LiteralString = ROWS + "ORDER BY csv_rows.row_number"
FAILED: LiteralString = (
    ROWS
    + """
      AND (csv_rows.error_code IS NOT NULL OR cell.has_failed)
    ORDER BY csv_rows.row_number
    """
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
    """Those of the rows that were rejected or that have a failed image, looked for among ``chunk``
    rows at a time."""
    return _rows(connection, job_id, FAILED, chunk)


def _rows(
    connection: Connection, job_id: UUID, query: LiteralString, chunk: int
) -> Iterator[ResultRow]:
    for after in range(0, _last(connection, job_id), chunk):
        with connection.cursor(row_factory=class_row(ResultRow)) as cursor:
            yield from cursor.execute(
                query, {"job_id": job_id, "after": after, "up_to": after + chunk}
            ).fetchall()


def _last(connection: Connection, job_id: UUID) -> int:
    """The number of the job's last row: they are counted from 1, without gaps."""
    found = connection.execute(
        "SELECT row_number FROM csv_rows WHERE job_id = %s ORDER BY row_number DESC LIMIT 1",
        [job_id],
    ).fetchone()
    return found[0] if found else 0
