"""Ending what no repair has helped: jobs, and the images of jobs.

Jobs are found first and ended one by one afterwards. What is found may have got on meanwhile, or
even have ended and been retried, so whoever ends a job locks it and asks again.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import LiteralString
from uuid import UUID

from database.connection import Connection
from pipeline.errors import ImageErrorCode
from pipeline.states import JobStatus


@dataclass(frozen=True)
class GiveUpJob:
    """When a job in ``status`` is given up: without an update for ``idle``, and repaired
    ``repairs`` times in vain."""

    status: JobStatus
    idle: timedelta
    repairs: int


@dataclass(frozen=True)
class GiveUpImages:
    """When the pending images of a job are given up: likewise, but not while their messages may
    still be on the queue.

    Args:
        backlog: messages that the processor has before it. A job with no more pending images than
            that keeps them: somebody may have stopped the processor, or a flood be before it.
        longest: the lifetime of a message, after which there is none any more.
    """

    idle: timedelta
    repairs: int
    backlog: int
    longest: timedelta
    status: JobStatus = JobStatus.PROCESSING


# As in ``repairs``, a range in the order of the index of unfinished jobs.
FIND: LiteralString = """
    SELECT job_id FROM jobs
    WHERE status IN ('awaiting_upload', 'ingesting', 'processing', 'finalizing')
      AND status >= %(status)s AND status <= %(status)s
"""
JOB: LiteralString = "updated_at < now() - %(idle)s::interval AND repairs >= %(repairs)s"
IMAGES: LiteralString = """
    updated_at < now() - %(idle)s::interval AND repairs >= %(repairs)s
    AND (images_total - images_succeeded - images_failed > %(backlog)s
         OR updated_at < now() - %(longest)s::interval)
"""


def find(connection: Connection, when: GiveUpJob | GiveUpImages, *, limit: int) -> list[UUID]:
    """Up to ``limit`` jobs that are to be given up, the oldest first."""
    found = connection.execute(
        f"{FIND} AND {_condition(when)} ORDER BY status, job_id LIMIT %(limit)s",
        {**asdict(when), "limit": limit},
    ).fetchall()
    return [job_id for (job_id,) in found]


def lock(connection: Connection, job_id: UUID, when: GiveUpJob | GiveUpImages) -> bool:
    """Holds a job until the transaction ends, if it is still to be given up."""
    found = connection.execute(
        f"""
        SELECT FROM jobs WHERE job_id = %(job_id)s AND status = %(status)s AND {_condition(when)}
        FOR NO KEY UPDATE
        """,
        {**asdict(when), "job_id": job_id},
    )
    return found.rowcount == 1


def fail_pending(connection: Connection, job_id: UUID, when: GiveUpImages, *, limit: int) -> int:
    """Fails up to ``limit`` pending images of a job that is still to be given up, and counts them
    into it; returns how many.

    ``updated_at`` stays, so that the next call finds the rest.
    """
    with connection.transaction():
        if not lock(connection, job_id, when):
            return 0
        failed = connection.execute(
            """
            UPDATE images
            SET status = 'failed', error_code = %(code)s, error_message = %(message)s,
                finished_at = now()
            -- By where they lie: with "IN (SELECT ...)" it is up to the statistics whether they are
            -- chosen once, or again for each image of the job.
            WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM images
                WHERE job_id = %(job_id)s AND status >= 'pending' AND status <= 'pending'
                ORDER BY status, position LIMIT %(limit)s))
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


def _condition(when: GiveUpJob | GiveUpImages) -> LiteralString:
    return JOB if isinstance(when, GiveUpJob) else IMAGES
