"""Queueing the failed images of a completed job again."""

from psycopg.rows import class_row

from database import jobs
from database.connection import Connection
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.states import JobStatus


def begin(connection: Connection, job: Job) -> Job | None:
    """Makes the job's failed images pending, takes them off its counters, and lets it process.

    Images whose URL is no URL stay failed: it will be no other next time. To be called in the
    transaction that has the completed job locked.

    Returns:
        the job after it, or None if it has no such image; then nothing has changed.
    """
    [(count, first)] = connection.execute(
        """
        WITH again AS (
            UPDATE images SET
                status = 'pending', error_code = NULL, error_message = NULL, finished_at = NULL,
                input_bytes = NULL, input_width = NULL, input_height = NULL, input_format = NULL
            WHERE job_id = %(job_id)s AND status = 'failed' AND error_code <> %(hopeless)s
            RETURNING position
        )
        SELECT count(*), min(position) FROM again
        """,
        {"job_id": job.job_id, "hopeless": ImageErrorCode.INVALID_URL},
    ).fetchall()
    if not count or jobs.move(connection, job.job_id, JobStatus.PROCESSING) is None:
        return None
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(
            """
            UPDATE jobs
            SET images_failed = images_failed - %(count)s, images_queued = %(first)s,
                retries = retries + 1, repair_position = 0
            WHERE job_id = %(job_id)s
            RETURNING *
            """,
            {"job_id": job.job_id, "count": count, "first": first},
        ).fetchone()
