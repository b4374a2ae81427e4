"""The ``deliveries`` table: the outbox of webhooks."""

from collections.abc import Iterable, Sequence
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
    """A delivery whose next attempt is to be queued, with what it takes to sign it."""

    delivery_id: UUID
    attempt: int
    url: str
    body: str
    due_at: datetime
    secret: str
    previous_secret: str | None


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


CLAIM_ANY: LiteralString = """
    WITH due AS (
        SELECT delivery_id FROM deliveries
        WHERE status = 'pending' AND next_attempt_at <= %(until)s
          AND (queued_until IS NULL OR queued_until <= %(now)s)
        ORDER BY next_attempt_at LIMIT %(limit)s
        FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE deliveries SET queued_until = %(leased_until)s
    FROM due, tenants
    WHERE deliveries.delivery_id = due.delivery_id
      AND tenants.tenant_id = deliveries.tenant_id
    RETURNING deliveries.delivery_id, deliveries.attempts + 1 AS attempt, deliveries.url,
              deliveries.body, deliveries.next_attempt_at AS due_at,
              tenants.webhook_secret AS secret,
              CASE WHEN tenants.previous_secret_expires_at > %(now)s
                   THEN tenants.previous_webhook_secret END AS previous_secret
"""
CLAIM_OF_JOBS: LiteralString = CLAIM_ANY.replace(
    "WHERE status = 'pending'", "WHERE job_id = ANY(%(job_ids)s) AND status = 'pending'"
)
"""A statement of its own, because it is planned for another index."""


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


def claim_due(
    connection: Connection,
    *,
    now: datetime,
    within: timedelta = timedelta(0),
    job_ids: Sequence[UUID] | None = None,
    limit: int = 500,
) -> list[Due]:
    """Claims deliveries whose next attempt is due and not under way, for ``LEASE``.

    Args:
        within: also claims what is due this soon after ``now`` (to be sent with a delay).
        job_ids: only deliveries of these jobs.
    """
    arguments: dict[str, object] = {
        "now": now,
        "until": now + within,
        "leased_until": now + LEASE,
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        if job_ids is None:
            return cursor.execute(CLAIM_ANY, arguments).fetchall()
        return cursor.execute(CLAIM_OF_JOBS, arguments | {"job_ids": list(job_ids)}).fetchall()


def lock(connection: Connection, delivery_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Holds those of the deliveries that exist until the transaction ends, locked in one order, so
    that two recorders wait for each other instead of deadlocking.

    Returns:
        for each the attempts that were made before somebody asked for it to be sent again.
    """
    return dict(
        connection.execute(
            """
            SELECT delivery_id, restarted_after FROM deliveries WHERE delivery_id = ANY(%s)
            ORDER BY delivery_id FOR NO KEY UPDATE
            """,
            [list(delivery_ids)],
        ).fetchall()
    )


def of_job(
    connection: Connection, job_id: UUID, *, after: UUID = FIRST, limit: int | None = None
) -> list[Delivery]:
    """The job's deliveries, oldest first: all of them, or ``limit`` of those after one."""
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            """
            SELECT delivery_id, job_id, event, url, status, attempts, next_attempt_at, created_at
            FROM deliveries WHERE job_id = %(job_id)s AND delivery_id > %(after)s
            ORDER BY delivery_id LIMIT %(limit)s
            """,
            {"job_id": job_id, "after": after, "limit": limit},
        ).fetchall()
