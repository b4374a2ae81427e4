"""What the janitor finds left behind, and its notes of what it has done about it.

Whatever is claimed here is noted in the same transaction, so that a second janitor does not find it
too, and comes again after a pause that doubles with each repair. ``updated_at`` stays as it is: it
tells when a job itself last got on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from database import images, jobs
from database.connection import Connection
from database.images import PendingImage
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.states import ENDS, JobStatus


@dataclass(frozen=True)
class Patience:
    """When a job counts as stuck, and how often its work is queued again.

    Args:
        idle: without an update for this long it is stuck.
        longest: the pause between two repairs doubles from ``idle`` up to this.
    """

    idle: timedelta
    longest: timedelta


WOKEN = timedelta(hours=5)
"""Longer than the longest pause between two repairs, after which even a job whose messages may
wait on the queue is repaired; shorter than what makes a job hopeless."""

# Naming the active states lets the planner use the small index of unfinished jobs.
STUCK: LiteralString = """
    status = %(status)s
    AND status IN ('awaiting_upload', 'ingesting', 'processing', 'finalizing')
    AND updated_at < now() - %(idle)s::interval
    AND (repaired_at IS NULL
         OR repaired_at < now() - least(%(idle)s::interval * 2 ^ least(repairs, 20), %(longest)s))
"""


def claim_stuck(
    connection: Connection, status: JobStatus, patience: Patience, *, limit: int
) -> list[Job]:
    """Up to ``limit`` jobs that have been in ``status`` for too long, the oldest first."""
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(
            f"""
            WITH stuck AS (
                SELECT job_id FROM jobs WHERE {STUCK}
                ORDER BY job_id LIMIT %(limit)s
                FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE jobs SET repaired_at = now(), repairs = repairs + 1
            FROM stuck WHERE jobs.job_id = stuck.job_id
            RETURNING jobs.*
            """,  # noqa: S608 (a constant)
            _stuck(status, patience) | {"limit": limit},
        ).fetchall()


def claim_unsent(connection: Connection, patience: Patience, *, limit: int) -> list[Job]:
    """Up to ``limit`` retried jobs that have stood still for too long before all their images were
    sent again."""
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(
            f"""
            WITH stuck AS (
                SELECT job_id FROM jobs WHERE {STUCK} AND images_queued < images_total
                ORDER BY job_id LIMIT %(limit)s
                FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE jobs SET repaired_at = now(), repairs = repairs + 1
            FROM stuck WHERE jobs.job_id = stuck.job_id
            RETURNING jobs.*
            """,  # noqa: S608 (a constant)
            _stuck(JobStatus.PROCESSING, patience) | {"limit": limit},
        ).fetchall()


def claim_pending_images(
    connection: Connection, patience: Patience, *, backlog: int, limit: int
) -> tuple[Job, list[PendingImage]] | None:
    """Up to ``limit`` pending images of one stuck job; None if no job has any.

    A pass over a large job takes several calls; the job's note says where the next one goes on.

    Args:
        backlog: messages that the processor has before it. A job with no more pending images than
            that is left alone for the longest pause, and for twice, four times … as long after each
            repair: its messages may well be among them, or be waiting there for a slow source, and
            what is sent twice is processed twice.
    """
    with connection.transaction():
        with connection.cursor(row_factory=class_row(Job)) as cursor:
            job = cursor.execute(
                f"""
                SELECT * FROM jobs
                WHERE status = 'processing' AND images_succeeded + images_failed < images_total
                  AND images_queued = images_total
                  AND (repair_position > 0 OR ({STUCK}))
                  AND (images_total - images_succeeded - images_failed > %(backlog)s
                       OR updated_at < now() - %(longest)s * 2 ^ least(repairs, 20))
                ORDER BY job_id LIMIT 1
                FOR NO KEY UPDATE SKIP LOCKED
                """,  # noqa: S608 (a constant)
                _stuck(JobStatus.PROCESSING, patience) | {"backlog": backlog},
            ).fetchone()
        if job is None:
            return None
        [(since,)] = connection.execute(
            "SELECT repair_position FROM jobs WHERE job_id = %s", [job.job_id]
        ).fetchall()
        page = images.pending(connection, job.job_id, since=since, limit=limit)
        unfinished = len(page) == limit
        connection.execute(
            """
            UPDATE jobs
            SET repaired_at = now(), repair_position = %(position)s,
                repairs = repairs + %(passes)s
            WHERE job_id = %(job_id)s
            """,
            {
                "job_id": job.job_id,
                "position": page[-1].position + 1 if unfinished else 0,
                "passes": 0 if unfinished else 1,
            },
        )
    return job, page


def wake(connection: Connection, job_id: UUID) -> Job | None:
    """Makes an unfinished job look as if it had stood still and never been repaired.

    The janitor takes it up in its next round then, and gives it all its chances again.

    Returns:
        the job as it was found, or None: there is none, or it has ended.
    """
    with connection.transaction():
        job = jobs.lock(connection, job_id)
        if job is None or job.status in ENDS:
            return None
        connection.execute(
            """
            UPDATE jobs
            SET updated_at = least(updated_at, now() - %(stood_still)s::interval),
                repaired_at = NULL, repairs = 0
            WHERE job_id = %(job_id)s
            """,
            {"job_id": job_id, "stood_still": WOKEN},
        )
    return job


def close_counted(connection: Connection, *, limit: int) -> list[UUID]:
    """Closes jobs whose images all have their outcome but that nobody closed; returns them."""
    with connection.transaction():
        counted = connection.execute(
            """
            SELECT job_id FROM jobs
            WHERE status = 'processing' AND images_succeeded + images_failed = images_total
              AND images_queued = images_total
            ORDER BY job_id LIMIT %s
            FOR NO KEY UPDATE SKIP LOCKED
            """,
            [limit],
        ).fetchall()
        return jobs.close(connection, [job_id for (job_id,) in counted])


def expire(connection: Connection, job_ids: Sequence[UUID], *, margin: timedelta) -> int:
    """Ends those of the jobs whose time to upload was over ``margin`` ago; returns how many."""
    return connection.execute(
        """
        UPDATE jobs SET status = 'expired', updated_at = now(), completed_at = now()
        WHERE job_id = ANY(%(job_ids)s) AND status = 'awaiting_upload'
          AND upload_expires_at < now() - %(margin)s::interval
        """,
        {"job_ids": list(job_ids), "margin": margin},
    ).rowcount


def hopeless(
    connection: Connection, status: JobStatus, *, idle: timedelta, repairs: int, limit: int
) -> list[UUID]:
    """Jobs in ``status`` without an update for ``idle`` and repaired ``repairs`` times in vain."""
    return [
        job_id
        for (job_id,) in connection.execute(
            """
            SELECT job_id FROM jobs
            WHERE status = %(status)s
              AND status IN ('awaiting_upload', 'ingesting', 'processing', 'finalizing')
              AND updated_at < now() - %(idle)s::interval AND repairs >= %(repairs)s
            ORDER BY job_id LIMIT %(limit)s
            """,
            {"status": status, "idle": idle, "repairs": repairs, "limit": limit},
        )
    ]


def hopeless_images(
    connection: Connection,
    *,
    idle: timedelta,
    repairs: int,
    backlog: int,
    longest: timedelta,
    limit: int,
) -> list[UUID]:
    """Likewise jobs in ``processing``, but those whose messages may still be on the queue.

    Args:
        backlog: messages that the processor has before it. A job with no more pending images than
            that is not given up: somebody may have stopped the processor, or a flood be before it.
        longest: the lifetime of a message, after which there is none any more.
    """
    return [
        job_id
        for (job_id,) in connection.execute(
            """
            SELECT job_id FROM jobs
            WHERE status = 'processing'
              AND updated_at < now() - %(idle)s::interval AND repairs >= %(repairs)s
              AND (images_total - images_succeeded - images_failed > %(backlog)s
                   OR updated_at < now() - %(longest)s::interval)
            ORDER BY job_id LIMIT %(limit)s
            """,
            {
                "idle": idle,
                "repairs": repairs,
                "backlog": backlog,
                "longest": longest,
                "limit": limit,
            },
        )
    ]


def fail_pending(connection: Connection, job_id: UUID, *, limit: int) -> int:
    """Gives up on up to ``limit`` pending images of a job, counts them into it; returns how many.

    ``updated_at`` stays, so that the next call finds the rest.
    """
    with connection.transaction():
        if jobs.lock(connection, job_id) is None:
            return 0
        failed = connection.execute(
            """
            UPDATE images
            SET status = 'failed', error_code = %(code)s, error_message = %(message)s,
                finished_at = now()
            WHERE job_id = %(job_id)s AND status = 'pending' AND position IN (
                SELECT position FROM images
                WHERE job_id = %(job_id)s AND status = 'pending'
                ORDER BY position LIMIT %(limit)s)
            """,
            {
                "job_id": job_id,
                "code": ImageErrorCode.INTERNAL_ERROR,
                "message": "The image could not be processed.",
                "limit": limit,
            },
        ).rowcount
        connection.execute(
            """
            UPDATE jobs SET images_failed = images_failed + %s, images_queued = images_total
            WHERE job_id = %s
            """,
            [failed, job_id],
        )
    return failed


def _stuck(status: JobStatus, patience: Patience) -> dict[str, object]:
    return {"status": status, "idle": patience.idle, "longest": patience.longest}
