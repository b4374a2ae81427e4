"""What the janitor finds left behind, and its notes of what it has done about it.

Whatever is claimed here is noted in the same transaction, so that a second janitor does not find it
too, and comes again after a pause that doubles with each repair. ``updated_at`` stays as it is: it
tells when a job itself last got on.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from database import images, jobs
from database.connection import Connection
from database.images import PendingImage
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


class Stuck(NamedTuple):
    """As much of a stuck job as its work is queued again with."""

    job_id: UUID
    source_version: str | None


CHOICE = 20
"""Jobs among which a janitor finds one that no other janitor holds."""


class JobFailedError(Exception):
    """What one job did to a statement that was to serve any; its cause says more."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__(str(job_id))
        self.job_id = job_id


# Naming the active states lets the planner use the small index of unfinished jobs, and the range in
# its whole order makes it the only one that gives the order without sorting.
OF_STATUS: LiteralString = """
    status IN ('awaiting_upload', 'ingesting', 'processing', 'finalizing')
    AND status >= %(status)s AND status <= %(status)s
"""
STUCK: LiteralString = """
    updated_at < now() - %(idle)s::interval
    AND (repaired_at IS NULL
         OR repaired_at < now() - least(%(idle)s::interval * 2 ^ least(repairs, 20), %(longest)s))
"""
LOST: LiteralString = f"""
    images_succeeded + images_failed < images_total AND images_queued = images_total
    AND (repair_position > 0 OR ({STUCK}))
    AND (images_total - images_succeeded - images_failed > %(backlog)s
         OR updated_at < now() - %(longest)s * 2 ^ least(repairs, 20))
    AND job_id <> ALL(%(besides)s)
"""


def claim_stuck(
    connection: Connection, status: JobStatus, patience: Patience, *, limit: int
) -> list[Stuck]:
    """Up to ``limit`` jobs that have been in ``status`` for too long, the oldest first."""
    return _claim(connection, STUCK, _stuck(status, patience), limit)


def claim_unsent(connection: Connection, patience: Patience, *, limit: int) -> list[Stuck]:
    """Up to ``limit`` retried jobs that have stood still for too long before all their images were
    sent again."""
    unsent: LiteralString = STUCK + " AND images_queued < images_total"
    return _claim(connection, unsent, _stuck(JobStatus.PROCESSING, patience), limit)


def _claim(
    connection: Connection, when: LiteralString, arguments: dict[str, object], limit: int
) -> list[Stuck]:
    with connection.cursor(row_factory=class_row(Stuck)) as cursor:
        return cursor.execute(
            f"""
            UPDATE jobs SET repaired_at = now(), repairs = repairs + 1
            WHERE job_id = ANY(ARRAY(
                SELECT job_id FROM jobs WHERE {OF_STATUS} AND {when}
                ORDER BY status, job_id LIMIT %(limit)s
                FOR NO KEY UPDATE SKIP LOCKED))
            RETURNING job_id, source_version
            """,  # noqa: S608 (a constant)
            arguments | {"limit": limit},
        ).fetchall()


def claim_pending_images(
    connection: Connection,
    patience: Patience,
    *,
    backlog: int,
    limit: int,
    besides: Collection[UUID] = (),
) -> tuple[Job, list[PendingImage]] | None:
    """Up to ``limit`` pending images of one stuck job; None if no job has any.

    A pass over a large job takes several calls; the job's note says where the next one goes on.
    Stuck jobs take turns: the one that has waited longest for a call is the next.

    Args:
        backlog: messages that the processor has before it. A job with no more pending images than
            that is left alone for the longest pause, and for twice, four times … as long after each
            repair: its messages may well be among them, or be waiting there for a slow source, and
            what is sent twice is processed twice.
        besides: jobs to pass over.

    Raises:
        JobFailedError: it failed for the job whose turn it is.
    """
    with connection.transaction():
        found = connection.execute(
            f"""
            SELECT job_id, repair_position FROM jobs
            WHERE status = 'processing' AND images_succeeded + images_failed < images_total
              AND images_queued = images_total
              AND (repair_position > 0 OR ({STUCK}))
              AND (images_total - images_succeeded - images_failed > %(backlog)s
                   OR updated_at < now() - %(longest)s * 2 ^ least(repairs, 20))
              AND job_id <> ALL(%(besides)s)
            ORDER BY repaired_at NULLS FIRST, job_id LIMIT 1
            FOR NO KEY UPDATE SKIP LOCKED
            """,  # noqa: S608 (a constant)
            _stuck(JobStatus.PROCESSING, patience) | {"backlog": backlog, "besides": list(besides)},
        ).fetchone()
        if found is None:
            return None
        job_id, since = found
        try:
            return _claim_page(connection, job_id, since=since, limit=limit)
        except Exception as error:
            given_up = isinstance(error, psycopg.errors.QueryCanceled)
            if isinstance(error, psycopg.OperationalError) and not given_up:
                raise
            raise JobFailedError(job_id) from error


def _claim_page(
    connection: Connection, job_id: UUID, *, since: int, limit: int
) -> tuple[Job, list[PendingImage]]:
    job = jobs.get(connection, job_id)
    if job is None:
        raise LookupError(f"no job {job_id}, though it is locked")
    page = images.pending(connection, job_id, since=since, limit=limit)
    unfinished = len(page) == limit
    connection.execute(
        """
        UPDATE jobs
        SET repaired_at = now(), repair_position = %(position)s, repairs = repairs + %(passes)s
        WHERE job_id = %(job_id)s
        """,
        {
            "job_id": job_id,
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
            f"""
            SELECT job_id FROM jobs
            WHERE {OF_STATUS} AND images_succeeded + images_failed = images_total
              AND images_queued = images_total
            ORDER BY status, job_id LIMIT %(limit)s
            FOR NO KEY UPDATE SKIP LOCKED
            """,  # noqa: S608 (a constant)
            {"status": JobStatus.PROCESSING, "limit": limit},
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


def _stuck(status: JobStatus, patience: Patience) -> dict[str, object]:
    return {"status": status, "idle": patience.idle, "longest": patience.longest}
