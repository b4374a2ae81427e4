"""The ``images`` table: the distinct URLs of a CSV and what became of each."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection
from pipeline.errors import ImageErrorCode
from pipeline.states import ImageStatus


@dataclass(frozen=True)
class NewImage:
    """A URL that ingest met for the first time in its job; ``error`` if it cannot be fetched.
    ``product`` is the row's, if the job's store keeps it."""

    position: int
    url: str
    error: tuple[ImageErrorCode, str] | None = None
    product: str | None = None


class PendingImage(NamedTuple):
    """As much of an image without an outcome as the processor needs."""

    position: int
    url: str
    product: str | None


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


IMAGE: LiteralString = """
    SELECT position, url, status, output_url, error_code, error_message,
           input_bytes, input_width, input_height, input_format,
           output_bytes, output_width, output_height, output_format, output_sha256,
           finished_at
    FROM images
"""
PAGE: LiteralString = f"""
    {IMAGE} WHERE job_id = %(job_id)s AND position > %(after)s
    ORDER BY position LIMIT %(limit)s
"""
# The status as a range and not as an equal, in the whole order of ``images_by_status``, which is
# then the only index that gives it without sorting. By the primary key the job might be read whole.
PAGE_OF_STATUS: LiteralString = f"""
    {IMAGE} WHERE job_id = %(job_id)s
      AND (status, position) > (%(status)s, %(after)s) AND status <= %(status)s
    ORDER BY status, position LIMIT %(limit)s
"""
PENDING: LiteralString = """
    SELECT position, url, product FROM images
    WHERE job_id = %(job_id)s
      AND (status, position) >= ('pending', %(since)s) AND status <= 'pending'
    ORDER BY status, position LIMIT %(limit)s
"""


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
        -- In the order of the index that is to be used: by another the job would be read whole.
        ORDER BY url_digest
        """,
        {"job_id": job_id, "digests": list(by_digest)},
    )
    return {by_digest[each]: position for each, position in found}


def add(connection: Connection, job_id: UUID, images: Iterable[NewImage]) -> None:
    """Stores images of a job that has none at their positions yet."""
    [(now,)] = connection.execute("SELECT now()").fetchall()  # no clock but the database's
    with connection.cursor().copy(
        """
        COPY images (job_id, position, url, url_digest, product, status, error_code,
                     error_message, finished_at)
        FROM STDIN (FORMAT BINARY)
        """
    ) as copy:
        copy.set_types(["uuid", "int4", "text", "bytea", *("text",) * 4, "timestamptz"])
        for image in images:
            code, message = image.error or (None, None)
            status = ImageStatus.FAILED if image.error else ImageStatus.PENDING
            copy.write_row(
                (
                    job_id,
                    image.position,
                    image.url,
                    digest(image.url),
                    image.product,
                    status.value,
                    code.value if code else None,
                    message,
                    now if image.error else None,
                )
            )


def page(
    connection: Connection,
    job_id: UUID,
    *,
    status: ImageStatus | None,
    after: int,
    limit: int,
) -> list[Image]:
    """Up to ``limit`` images at positions beyond ``after``, in order, of one status if given."""
    arguments = {"job_id": job_id, "status": status, "after": after, "limit": limit}
    with connection.cursor(row_factory=class_row(Image)) as cursor:
        return cursor.execute(PAGE if status is None else PAGE_OF_STATUS, arguments).fetchall()


def pending(connection: Connection, job_id: UUID, *, since: int, limit: int) -> list[PendingImage]:
    """Up to ``limit`` images without an outcome, in order, from position ``since`` on."""
    found = connection.execute(PENDING, {"job_id": job_id, "since": since, "limit": limit})
    return [PendingImage(*each) for each in found]
