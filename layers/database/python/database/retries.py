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

PIECE = 20_000
"""Images that are made pending in one transaction."""


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
    them off its counters; returns how many. Once that is done it changes nothing.

    ``PIECE`` images are a transaction, so that nobody waits long for the job. An interrupted run
    leaves the rest to the next one: images that have not been sent get no outcome meanwhile.
    """
    count, since = 0, 0
    while True:
        reset, since = _reset_some(connection, job_id, since)
        count += reset
        if reset < PIECE:
            return count


def _reset_some(connection: Connection, job_id: UUID, since: int) -> tuple[int, int]:
    """The first piece of them from position ``since`` on: how many, and where the next begins."""
    with connection.transaction():
        job = jobs.lock(connection, job_id)
        if job is None or job.status != JobStatus.PROCESSING:
            return 0, since
        changed = connection.execute(
            """
            UPDATE images SET
                status = 'pending', error_code = NULL, error_message = NULL, finished_at = NULL,
                input_bytes = NULL, input_width = NULL, input_height = NULL, input_format = NULL
            WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM images
                WHERE job_id = %(job_id)s
                  AND (status, position) >= ('failed', %(since)s) AND status <= 'failed'
                  AND error_code <> %(hopeless)s
                ORDER BY status, position LIMIT %(limit)s))
            RETURNING position
            """,
            {
                "job_id": job_id,
                "since": max(since, job.images_queued),
                "hopeless": ImageErrorCode.INVALID_URL,
                "limit": PIECE,
            },
        ).fetchall()
        if not changed:  # no progress, and a job without any is given up
            return 0, since
        connection.execute(
            """
            UPDATE jobs SET images_failed = images_failed - %(count)s, updated_at = now()
            WHERE job_id = %(job_id)s
            """,
            {"job_id": job_id, "count": len(changed)},
        )
    return len(changed), max(position for (position,) in changed) + 1


def _first(connection: Connection, job: Job) -> int | None:
    """Position of the first image that may end otherwise."""
    found = connection.execute(
        """
        SELECT position FROM images
        WHERE job_id = %(job_id)s AND status >= 'failed' AND status <= 'failed'
          AND error_code <> %(hopeless)s
        ORDER BY status, position LIMIT 1
        """,
        {"job_id": job.job_id, "hopeless": ImageErrorCode.INVALID_URL},
    ).fetchone()
    return found[0] if found else None
