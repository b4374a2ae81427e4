"""The ``images`` and ``csv_rows`` tables: what a CSV asked for and what became of it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection
from pipeline.errors import ImageErrorCode
from pipeline.messages import ImageFinished
from pipeline.states import ImageStatus


@dataclass(frozen=True)
class NewImage:
    """A URL that ingest met for the first time in its job; ``error`` if it cannot be fetched."""

    position: int
    url: str
    error: tuple[ImageErrorCode, str] | None = None


@dataclass(frozen=True)
class NewRow:
    """A data row as ingest understood it; ``error`` is a rejected row's code, column, message."""

    number: int
    image_positions: Sequence[int] = ()
    error: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Image:
    """One row of the ``images`` table. Sizes in bytes and pixels."""

    position: int
    url: str
    status: ImageStatus
    output_url: str | None
    error_code: str | None
    error_message: str | None
    input_bytes: int | None
    input_width: int | None
    input_height: int | None
    input_format: str | None
    output_bytes: int | None
    output_width: int | None
    output_height: int | None
    output_format: str | None
    output_sha256: bytes | None
    finished_at: datetime | None


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


def digest(url: str) -> bytes:
    """What identifies a URL within its job: 16 bytes of its SHA-256."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()[:16]


def positions(connection: Connection, job_id: UUID, urls: Iterable[str]) -> dict[str, int]:
    """Where those of ``urls`` stand that the job has already."""
    by_digest = {digest(url): url for url in urls}
    found = connection.execute(
        """
        SELECT url_digest, position FROM images
        WHERE job_id = %(job_id)s AND url_digest = ANY(%(digests)s)
        """,
        {"job_id": job_id, "digests": list(by_digest)},
    )
    return {by_digest[each]: position for each, position in found}


def add(connection: Connection, job_id: UUID, images: Iterable[NewImage]) -> None:
    """Stores images of a job that has none at their positions yet."""
    with connection.cursor().copy(
        """
        COPY images (job_id, position, url, url_digest, status, error_code, error_message,
                     finished_at)
        FROM STDIN (FORMAT BINARY)
        """
    ) as copy:
        copy.set_types(["uuid", "int4", "text", "bytea", "text", "text", "text", "timestamptz"])
        now = datetime.now().astimezone()
        for image in images:
            code, message = image.error or (None, None)
            status = ImageStatus.FAILED if image.error else ImageStatus.PENDING
            copy.write_row(
                (
                    job_id,
                    image.position,
                    image.url,
                    digest(image.url),
                    status.value,
                    code.value if code else None,
                    message,
                    now if image.error else None,
                )
            )


def add_rows(connection: Connection, job_id: UUID, rows: Iterable[NewRow]) -> None:
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


def record(connection: Connection, outcomes: Sequence[ImageFinished]) -> list[UUID]:
    """Stores the outcomes of images that are still pending and counts each into its job.

    A repeated outcome finds its image no longer pending and changes nothing, so each image counts
    once. The jobs are locked first, in one order, so that two recorders wait for each other instead
    of deadlocking.

    Returns:
        the jobs that the outcomes speak of.
    """
    job_ids = sorted({outcome.job_id for outcome in outcomes})
    connection.execute(
        "SELECT 1 FROM jobs WHERE job_id = ANY(%s) ORDER BY job_id FOR UPDATE", [job_ids]
    )
    # A batch may hold the same outcome twice; UPDATE ... FROM would pick one of them at random.
    distinct = list({(each.job_id, each.position): each for each in outcomes}.values())
    connection.execute(
        """
        WITH recorded AS (
            UPDATE images SET
                status = given.status,
                output_url = given.output_url,
                error_code = given.error_code, error_message = given.error_message,
                input_bytes = given.input_bytes, input_width = given.input_width,
                input_height = given.input_height, input_format = given.input_format,
                output_bytes = given.output_bytes, output_width = given.output_width,
                output_height = given.output_height, output_format = given.output_format,
                output_sha256 = given.output_sha256,
                finished_at = now()
            FROM unnest(
                %(job_id)s::uuid[], %(position)s::int[], %(status)s::text[],
                %(output_url)s::text[], %(error_code)s::text[], %(error_message)s::text[],
                %(input_bytes)s::bigint[], %(input_width)s::int[], %(input_height)s::int[],
                %(input_format)s::text[],
                %(output_bytes)s::bigint[], %(output_width)s::int[], %(output_height)s::int[],
                %(output_format)s::text[], %(output_sha256)s::bytea[]
            ) AS given (
                job_id, position, status, output_url, error_code, error_message,
                input_bytes, input_width, input_height, input_format,
                output_bytes, output_width, output_height, output_format, output_sha256)
            WHERE images.job_id = given.job_id AND images.position = given.position
              AND images.status = 'pending'
            RETURNING images.job_id, images.status, images.input_bytes, images.output_bytes
        ), tally AS (
            SELECT job_id,
                   count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE status = 'failed') AS failed,
                   coalesce(sum(input_bytes) FILTER (WHERE status = 'succeeded'), 0)
                       AS input_bytes,
                   coalesce(sum(output_bytes) FILTER (WHERE status = 'succeeded'), 0)
                       AS output_bytes
            FROM recorded GROUP BY job_id
        )
        UPDATE jobs SET
            images_succeeded = images_succeeded + tally.succeeded,
            images_failed = images_failed + tally.failed,
            input_bytes = jobs.input_bytes + tally.input_bytes,
            output_bytes = jobs.output_bytes + tally.output_bytes,
            updated_at = now()
        FROM tally WHERE jobs.job_id = tally.job_id
        """,
        _columns(distinct),
    )
    return job_ids


def page(
    connection: Connection,
    job_id: UUID,
    *,
    status: ImageStatus | None,
    after: int,
    limit: int,
) -> list[Image]:
    """Up to ``limit`` images at positions beyond ``after``, in order, of one status if given."""
    with connection.cursor(row_factory=class_row(Image)) as cursor:
        return cursor.execute(
            """
            SELECT position, url, status, output_url, error_code, error_message,
                   input_bytes, input_width, input_height, input_format,
                   output_bytes, output_width, output_height, output_format, output_sha256,
                   finished_at
            FROM images
            WHERE job_id = %(job_id)s AND position > %(after)s
              AND (%(status)s::text IS NULL OR status = %(status)s)
            ORDER BY position LIMIT %(limit)s
            """,
            {"job_id": job_id, "status": status, "after": after, "limit": limit},
        ).fetchall()


def pending(
    connection: Connection, job_id: UUID, *, since: int, limit: int
) -> list[tuple[int, str]]:
    """Position and URL of up to ``limit`` images without an outcome, from position ``since`` on."""
    return connection.execute(
        """
        SELECT position, url FROM images
        WHERE job_id = %(job_id)s AND status = 'pending' AND position >= %(since)s
        ORDER BY position LIMIT %(limit)s
        """,
        {"job_id": job_id, "since": since, "limit": limit},
    ).fetchall()


def result_rows(connection: Connection, job_id: UUID, *, chunk: int = 2_000) -> Iterator[ResultRow]:
    """Every data row in order with what became of its images, ``chunk`` rows at a time."""
    after = 0
    while True:
        with connection.cursor(row_factory=class_row(ResultRow)) as cursor:
            rows = cursor.execute(
                """
                WITH chunk AS (
                    SELECT * FROM csv_rows
                    WHERE job_id = %(job_id)s AND row_number > %(after)s
                    ORDER BY row_number LIMIT %(chunk)s
                )
                SELECT chunk.row_number AS number,
                       chunk.error_code, chunk.error_column, chunk.error_message,
                       coalesce(cell.urls, '{}') AS urls,
                       coalesce(cell.output_urls, '{}') AS output_urls,
                       coalesce(cell.error_codes, '{}') AS error_codes
                FROM chunk LEFT JOIN LATERAL (
                    SELECT array_agg(images.url ORDER BY place) AS urls,
                           array_agg(images.output_url ORDER BY place) AS output_urls,
                           array_agg(images.error_code ORDER BY place) AS error_codes
                    FROM unnest(chunk.image_positions) WITH ORDINALITY AS cell (position, place)
                    JOIN images ON images.job_id = %(job_id)s
                               AND images.position = cell.position
                ) AS cell ON true
                ORDER BY chunk.row_number
                """,
                {"job_id": job_id, "after": after, "chunk": chunk},
            ).fetchall()
        yield from rows
        if len(rows) < chunk:
            return
        after = rows[-1].number


def _columns(outcomes: Sequence[ImageFinished]) -> dict[str, list[object]]:
    """The outcomes as one array a column."""
    return {
        "job_id": [each.job_id for each in outcomes],
        "position": [each.position for each in outcomes],
        "status": [each.status.value for each in outcomes],
        "output_url": [each.output_url for each in outcomes],
        "error_code": [each.error.code.value if each.error else None for each in outcomes],
        "error_message": [each.error.message if each.error else None for each in outcomes],
        "input_bytes": [each.input.bytes if each.input else None for each in outcomes],
        "input_width": [each.input.width if each.input else None for each in outcomes],
        "input_height": [each.input.height if each.input else None for each in outcomes],
        "input_format": [each.input.format if each.input else None for each in outcomes],
        "output_bytes": [each.output.bytes if each.output else None for each in outcomes],
        "output_width": [each.output.width if each.output else None for each in outcomes],
        "output_height": [each.output.height if each.output else None for each in outcomes],
        "output_format": [each.output.format if each.output else None for each in outcomes],
        "output_sha256": [
            bytes.fromhex(each.output.sha256) if each.output else None for each in outcomes
        ],
    }
