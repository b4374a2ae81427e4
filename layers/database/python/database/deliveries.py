"""The ``deliveries`` table: the outbox of webhooks."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection
from pipeline.job import Job
from pipeline.states import DeliveryStatus, JobEvent

LEASE = timedelta(minutes=10)
"""How long a queued attempt may take to be reported; then it counts as lost and is queued again."""

FIRST = UUID(int=0)
"""Sorts before every delivery."""


@dataclass(frozen=True)
class Due:
    """A delivery whose next attempt is to be queued, with what it takes to sign it. ``delay`` is in
    how many seconds the attempt is due, by the database's clock; 0 at once."""

    delivery_id: UUID
    attempt: int
    url: str
    body: str
    delay: float
    secret: str
    previous_secret: str | None


@dataclass(frozen=True)
class Standing:
    """Where a delivery stands, as long as it is locked.

    ``restarted_after`` counts the attempts that were made before somebody asked for it to be sent
    again.
    """

    delivery_id: UUID
    job_id: UUID
    status: DeliveryStatus
    attempts: int
    restarted_after: int

    def awaits(self, attempt: int) -> bool:
        """Whether what came of this attempt says how it goes on: it is open, and knows of no later
        attempt."""
        return self.status == DeliveryStatus.PENDING and attempt > self.attempts


@dataclass(frozen=True)
class Delivery:
    """One row of the ``deliveries`` table."""

    delivery_id: UUID
    job_id: UUID
    event: JobEvent
    url: str
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    created_at: datetime


RETURNING: LiteralString = """
    RETURNING deliveries.delivery_id, deliveries.attempts + 1 AS attempt, deliveries.url,
              deliveries.body,
              greatest(0, extract(epoch FROM deliveries.next_attempt_at - now()))::float AS delay,
              tenants.webhook_secret AS secret,
              CASE WHEN tenants.previous_secret_expires_at > now()
                   THEN tenants.previous_webhook_secret END AS previous_secret
"""
# In the order of the index ``deliveries_claimable``, in which those that are leased come later.
CLAIM_ANY: LiteralString = f"""
    UPDATE deliveries SET queued_until = now() + %(lease)s
    FROM tenants
    WHERE tenants.tenant_id = deliveries.tenant_id AND delivery_id = ANY(ARRAY(
        SELECT delivery_id FROM deliveries
        WHERE status = 'pending' AND greatest(next_attempt_at, queued_until) <= now()
        ORDER BY greatest(next_attempt_at, queued_until) LIMIT %(limit)s
        FOR NO KEY UPDATE SKIP LOCKED))
    {RETURNING}
"""  # noqa: S608 (a constant)
# "IS NOT DISTINCT FROM" keeps that index out: what is pending of all jobs is no way to some.
CLAIM_OF_JOBS: LiteralString = f"""
    UPDATE deliveries SET queued_until = now() + %(lease)s
    FROM tenants
    WHERE tenants.tenant_id = deliveries.tenant_id AND delivery_id = ANY(ARRAY(
        SELECT delivery_id FROM deliveries
        WHERE job_id = ANY(%(job_ids)s) AND status IS NOT DISTINCT FROM 'pending'
          AND next_attempt_at <= now() + %(within)s
          AND (queued_until IS NULL OR queued_until <= now())
        FOR NO KEY UPDATE SKIP LOCKED))
    {RETURNING}
"""  # noqa: S608 (a constant)


def open_delivery(
    connection: Connection, job: Job, event: JobEvent, *, body: str, milestone: int = 0
) -> None:
    """Writes the delivery of ``event`` if the job has a webhook, in the transaction that changed
    the job. Each event and milestone of a job is written once, however often this is called."""
    if job.webhook_url is None:
        return
    connection.execute(
        """
        INSERT INTO deliveries (job_id, tenant_id, event, milestone, url, body)
        VALUES (%(job_id)s, %(tenant_id)s, %(event)s, %(milestone)s, %(url)s, %(body)s)
        ON CONFLICT (job_id, event, milestone) DO NOTHING
        """,
        {
            "job_id": job.job_id,
            "tenant_id": job.tenant_id,
            "event": event,
            "milestone": milestone,
            "url": job.webhook_url,
            "body": body,
        },
    )


def claim_due(connection: Connection, *, limit: int) -> list[Due]:
    """Claims up to ``limit`` deliveries whose next attempt is due and not under way, for ``LEASE``;
    those that wait longest first."""
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        return cursor.execute(CLAIM_ANY, {"lease": LEASE, "limit": limit}).fetchall()


def claim_of_jobs(
    connection: Connection, job_ids: Collection[UUID], *, within: timedelta = timedelta(0)
) -> list[Due]:
    """Claims likewise those of some jobs.

    Args:
        within: also claims what is due this soon (to be sent with a delay).
    """
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        return cursor.execute(
            CLAIM_OF_JOBS, {"lease": LEASE, "job_ids": list(job_ids), "within": within}
        ).fetchall()


def lock(connection: Connection, delivery_ids: Iterable[UUID]) -> dict[UUID, Standing]:
    """Holds those of the deliveries that exist until the transaction ends, locked in one order, so
    that two recorders wait for each other instead of deadlocking."""
    with connection.cursor(row_factory=class_row(Standing)) as cursor:
        found = cursor.execute(
            """
            SELECT delivery_id, job_id, status, attempts, restarted_after
            FROM deliveries WHERE delivery_id = ANY(%s)
            ORDER BY delivery_id FOR NO KEY UPDATE
            """,
            [list(delivery_ids)],
        ).fetchall()
    return {each.delivery_id: each for each in found}


def of_job(
    connection: Connection, job_id: UUID, *, after: UUID = FIRST, limit: int | None = None
) -> list[Delivery]:
    """The job's deliveries, oldest first: all of them, or ``limit`` of those after one."""
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            """
            SELECT * FROM (
                SELECT delivery_id, job_id, event, url, status, attempts, next_attempt_at,
                       created_at
                FROM deliveries WHERE job_id = %(job_id)s
                -- A job has few, which the index of that order finds; in the order that is asked
                -- for, those of all jobs might be walked through.
                ORDER BY job_id, event, milestone OFFSET 0
            ) AS of_job
            WHERE delivery_id > %(after)s
            ORDER BY delivery_id LIMIT %(limit)s
            """,
            {"job_id": job_id, "after": after, "limit": limit},
        ).fetchall()
