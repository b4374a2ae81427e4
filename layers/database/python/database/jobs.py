"""The ``jobs`` table: creating, reading, and every move from one state to the next."""

from collections.abc import Iterable
from datetime import timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from database.connection import Connection
from pipeline.job import Job
from pipeline.options import ImageOptions
from pipeline.states import ENDS, JobStatus, sources

AFTER_ALL = UUID(int=2**128 - 1)
"""Sorts after every job. "No cursor" as a value keeps the condition one that the index answers."""


# As ranges and not as equals, in the whole order of an index, which is then the only one that gives
# the order without sorting. By the primary key the jobs of all tenants might be walked through.
PAGE: LiteralString = """
    SELECT * FROM jobs
    WHERE tenant_id >= %(tenant_id)s AND (tenant_id, job_id) < (%(tenant_id)s, %(before)s)
    ORDER BY tenant_id DESC, job_id DESC LIMIT %(limit)s
"""
PAGE_OF_STATUS: LiteralString = """
    SELECT * FROM jobs
    WHERE (tenant_id, status) >= (%(tenant_id)s, %(status)s)
      AND (tenant_id, status, job_id) < (%(tenant_id)s, %(status)s, %(before)s)
    ORDER BY tenant_id DESC, status DESC, job_id DESC LIMIT %(limit)s
"""


def create(
    connection: Connection,
    *,
    tenant_id: UUID,
    filename: str | None,
    webhook_url: str | None,
    options: ImageOptions,
    upload_lifetime: timedelta,
) -> Job:
    """A new job that waits for its CSV."""
    return _one(
        connection,
        """
        INSERT INTO jobs (tenant_id, filename, webhook_url, options, upload_expires_at)
        VALUES (%(tenant_id)s, %(filename)s, %(webhook_url)s, %(options)s,
                now() + %(upload_lifetime)s)
        RETURNING *
        """,
        {
            "tenant_id": tenant_id,
            "filename": filename,
            "webhook_url": webhook_url,
            "options": Jsonb(options.stored()),
            "upload_lifetime": upload_lifetime,
        },
    )


def extend_upload(connection: Connection, job_id: UUID, *, lifetime: timedelta) -> Job | None:
    """Gives the client ``lifetime`` from now to upload; None if the job waits no more."""
    return _one_or_none(
        connection,
        """
        UPDATE jobs SET upload_expires_at = now() + %(lifetime)s
        WHERE job_id = %(job_id)s AND status = 'awaiting_upload'
        RETURNING *
        """,
        {"job_id": job_id, "lifetime": lifetime},
    )


def get(connection: Connection, job_id: UUID, *, tenant_id: UUID | None = None) -> Job | None:
    """The job, or None: there is none, or it is not that tenant's."""
    return _one_or_none(
        connection,
        """
        SELECT * FROM jobs
        WHERE job_id = %(job_id)s
          AND (%(tenant_id)s::uuid IS NULL OR tenant_id = %(tenant_id)s)
        """,
        {"job_id": job_id, "tenant_id": tenant_id},
    )


def lock(connection: Connection, job_id: UUID) -> Job | None:
    """The job, held until the transaction ends."""
    return _one_or_none(
        connection,
        "SELECT * FROM jobs WHERE job_id = %(job_id)s FOR NO KEY UPDATE",
        {"job_id": job_id},
    )


def page(
    connection: Connection,
    *,
    tenant_id: UUID,
    before: UUID | None,
    limit: int,
    status: JobStatus | None = None,
) -> list[Job]:
    """Up to ``limit`` jobs of the tenant, newest first, older than ``before``, of one status if
    given."""
    return _all(
        connection,
        PAGE if status is None else PAGE_OF_STATUS,
        {
            "tenant_id": tenant_id,
            "before": before or AFTER_ALL,
            "status": status,
            "limit": limit,
        },
    )


def begin_ingest(connection: Connection, job_id: UUID, *, version_id: str | None) -> Job | None:
    """Takes the upload in, or takes it up again.

    Args:
        version_id: the S3 version to read. The first one counts: a file uploaded again under the
            same key changes nothing.

    Returns:
        the job, or None where there is nothing (more) to ingest.
    """
    return _one_or_none(
        connection,
        """
        UPDATE jobs
        SET status = 'ingesting',
            -- Taking it up again is no progress: a job that only ever begins is stuck.
            updated_at = CASE WHEN status = 'ingesting' THEN updated_at ELSE now() END,
            repairs = CASE WHEN status = 'ingesting' THEN repairs ELSE 0 END,
            repaired_at = CASE WHEN status = 'ingesting' THEN repaired_at END,
            source_version = coalesce(source_version, %(version_id)s)
        WHERE job_id = %(job_id)s AND status = ANY(%(from)s)
        RETURNING *
        """,
        {
            "job_id": job_id,
            "version_id": version_id,
            "from": [*sources(JobStatus.INGESTING), JobStatus.INGESTING],
        },
    )


def add_ingested(
    connection: Connection,
    job_id: UUID,
    *,
    rows: int,
    rejected: int,
    images: int,
    failed_images: int,
    queued: int,
) -> None:
    """Counts a chunk of the CSV, in the transaction that stored it.

    Args:
        rows, rejected, images, failed_images: how many the chunk added.
        queued: images before this position have been sent to the processor.
    """
    connection.execute(
        """
        UPDATE jobs
        SET rows_total = rows_total + %(rows)s,
            rows_rejected = rows_rejected + %(rejected)s,
            images_total = images_total + %(images)s,
            images_failed = images_failed + %(failed_images)s,
            images_queued = greatest(images_queued, %(queued)s),
            updated_at = now()
        WHERE job_id = %(job_id)s
        """,
        {
            "job_id": job_id,
            "rows": rows,
            "rejected": rejected,
            "images": images,
            "failed_images": failed_images,
            "queued": queued,
        },
    )


def note_queued(connection: Connection, job: Job, queued: int) -> bool:
    """Notes that the images before position ``queued`` have been sent to the processor.

    Returns:
        whether that is of use; not if the job was cancelled or retried since ``job`` was read.
    """
    noted = connection.execute(
        """
        UPDATE jobs SET images_queued = greatest(images_queued, %(queued)s),
            -- A job that gets no further is stuck, however often somebody says so.
            updated_at = CASE WHEN images_queued < %(queued)s THEN now() ELSE updated_at END
        WHERE job_id = %(job_id)s AND retries = %(retries)s
          AND status IN ('ingesting', 'processing')
        """,
        {"job_id": job.job_id, "retries": job.retries, "queued": queued},
    )
    return noted.rowcount == 1


def cancelled_since(connection: Connection, ago: timedelta, *, limit: int) -> list[UUID]:
    """Up to ``limit`` jobs that were cancelled in the last while, the last ones first."""
    found = connection.execute(
        """
        SELECT job_id FROM jobs
        WHERE completed_at > now() - %s::interval AND status = 'cancelled'
        ORDER BY completed_at DESC LIMIT %s
        """,
        [ago, limit],
    ).fetchall()
    return [job_id for (job_id,) in found]


def move(
    connection: Connection, job_id: UUID, target: JobStatus, *, error: tuple[str, str] | None = None
) -> Job | None:
    """Moves the job to ``target`` if it may go there from where it is.

    Args:
        error: code and message to record with the move.

    Returns:
        the job after the move, or None if it did not move: it is elsewhere, or there already.
        Whatever must happen once per move belongs into the same transaction, after this.
    """
    code, message = error or (None, None)
    return _one_or_none(
        connection,
        """
        UPDATE jobs
        SET status = %(target)s, updated_at = now(),
            completed_at = CASE WHEN %(target)s = ANY(%(ends)s) THEN now() END,
            repairs = 0, repaired_at = NULL,
            error_code = %(code)s, error_message = %(message)s
        WHERE job_id = %(job_id)s AND status = ANY(%(from)s)
        RETURNING *
        """,
        {
            "job_id": job_id,
            "target": target,
            "ends": sorted(ENDS),
            "from": sources(target),
            "code": code,
            "message": message,
        },
    )


def close(connection: Connection, job_ids: Iterable[UUID]) -> list[UUID]:
    """Moves those of the jobs to ``finalizing`` whose totals are known, and whose images have all
    been sent and got their outcome; returns them. Each job is returned once in its life, and once
    for each retry: of a retried job images may still be failed that are to be sent again.
    """
    given = list(job_ids)
    if not given:
        return []
    rows = connection.execute(
        """
        UPDATE jobs
        SET status = 'finalizing', updated_at = now(), repairs = 0, repaired_at = NULL
        WHERE job_id = ANY(%(job_ids)s) AND status = ANY(%(from)s)
          AND images_succeeded + images_failed = images_total AND images_queued = images_total
        RETURNING job_id
        """,
        {"job_ids": given, "from": sources(JobStatus.FINALIZING)},
    ).fetchall()
    return [job_id for (job_id,) in rows]


def _one(connection: Connection, query: LiteralString, arguments: dict[str, object]) -> Job:
    job = _one_or_none(connection, query, arguments)
    if job is None:
        raise LookupError("the statement returned no job")
    return job


def _one_or_none(
    connection: Connection, query: LiteralString, arguments: dict[str, object]
) -> Job | None:
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(query, arguments).fetchone()


def _all(connection: Connection, query: LiteralString, arguments: dict[str, object]) -> list[Job]:
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(query, arguments).fetchall()
