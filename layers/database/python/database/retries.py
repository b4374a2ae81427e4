"""Queueing the failed images of a completed job again."""

from uuid import UUID

from psycopg.rows import class_row

from database import jobs
from database.connection import Connection
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.states import JobStatus

AT_ONCE = 20_000
"""Failed images up to which they are pending as soon as the job is retried, in 0.2 s as measured. A
million took 12 s on an idle machine, too near to a request's end: ingest, which sends them, does
it."""


def begin(connection: Connection, job: Job) -> Job | None:
    """Lets a completed job process its failed images again. Unless they are very many they are
    pending at once; else ``reset`` makes them so.

    Images whose URL is no URL stay failed: it will be no other next time. To be called in the
    transaction that has the completed job locked.

    Returns:
        the job after it, or None if it has no such image; then nothing has changed.
    """
    first = _first(connection, job)
    if first is None or jobs.move(connection, job.job_id, JobStatus.PROCESSING) is None:
        return None
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        again = cursor.execute(
            """
            UPDATE jobs SET images_queued = %(first)s, retries = retries + 1, repair_position = 0
            WHERE job_id = %(job_id)s
            RETURNING *
            """,
            {"job_id": job.job_id, "first": first},
        ).fetchone()
    if job.images_failed <= AT_ONCE:
        reset(connection, job.job_id)
        again = jobs.get(connection, job.job_id)
    return again


def reset(connection: Connection, job_id: UUID) -> int:
    """Makes the failed images of a retried job pending that have not been sent again yet, and takes
    them off its counters; returns how many. Once that is done it changes nothing."""
    with connection.transaction():
        job = jobs.lock(connection, job_id)
        if job is None or job.status != JobStatus.PROCESSING:
            return 0
        count = connection.execute(
            """
            UPDATE images SET
                status = 'pending', error_code = NULL, error_message = NULL, finished_at = NULL,
                input_bytes = NULL, input_width = NULL, input_height = NULL, input_format = NULL
            WHERE job_id = %(job_id)s AND status = 'failed' AND position >= %(since)s
              AND error_code <> %(hopeless)s
            """,
            {
                "job_id": job_id,
                "since": job.images_queued,
                "hopeless": ImageErrorCode.INVALID_URL,
            },
        ).rowcount
        if count:  # else it is no progress, and a job without any is given up
            connection.execute(
                """
                UPDATE jobs SET images_failed = images_failed - %(count)s, updated_at = now()
                WHERE job_id = %(job_id)s
                """,
                {"job_id": job_id, "count": count},
            )
    return count


def _first(connection: Connection, job: Job) -> int | None:
    """Position of the first image that may end otherwise."""
    found = connection.execute(
        """
        SELECT position FROM images
        WHERE job_id = %(job_id)s AND status = 'failed' AND error_code <> %(hopeless)s
        ORDER BY position LIMIT 1
        """,
        {"job_id": job.job_id, "hopeless": ImageErrorCode.INVALID_URL},
    ).fetchone()
    return found[0] if found else None
