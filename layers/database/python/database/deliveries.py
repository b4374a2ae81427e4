"""The ``deliveries`` and ``delivery_attempts`` tables: the outbox of webhooks and its log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection
from pipeline.job import Job
from pipeline.messages import DeliveryAttempted
from pipeline.states import DeliveryStatus, JobEvent

LEASE = timedelta(minutes=10)
"""How long a queued attempt may take to be reported; then it counts as lost and is queued again."""


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


@dataclass(frozen=True)
class Attempt:
    """One row of the ``delivery_attempts`` table."""

    delivery_id: UUID
    attempt: int
    at: datetime
    status_code: int | None
    error: str | None
    milliseconds: int


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
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        return cursor.execute(
            """
            WITH due AS (
                SELECT delivery_id FROM deliveries
                WHERE status = 'pending' AND next_attempt_at <= %(now)s + %(within)s
                  AND (queued_until IS NULL OR queued_until <= %(now)s)
                  AND (%(job_ids)s::uuid[] IS NULL OR job_id = ANY(%(job_ids)s))
                ORDER BY next_attempt_at LIMIT %(limit)s
                FOR UPDATE SKIP LOCKED
            )
            UPDATE deliveries SET queued_until = %(now)s + %(lease)s
            FROM due, tenants
            WHERE deliveries.delivery_id = due.delivery_id
              AND tenants.tenant_id = deliveries.tenant_id
            RETURNING deliveries.delivery_id, deliveries.attempts + 1 AS attempt, deliveries.url,
                      deliveries.body, deliveries.next_attempt_at AS due_at,
                      tenants.webhook_secret AS secret,
                      CASE WHEN tenants.previous_secret_expires_at > %(now)s
                           THEN tenants.previous_webhook_secret END AS previous_secret
            """,
            {
                "now": now,
                "within": within,
                "lease": LEASE,
                "job_ids": None if job_ids is None else list(job_ids),
                "limit": limit,
            },
        ).fetchall()


def record_attempt(
    connection: Connection,
    attempted: DeliveryAttempted,
    *,
    status: DeliveryStatus,
    next_attempt_at: datetime | None,
) -> bool:
    """Logs an attempt and moves its delivery on; a repeated report changes nothing.

    Args:
        status: of the delivery after this attempt.
        next_attempt_at: when to try again; None if never.

    Returns:
        whether the report was new.
    """
    logged = connection.execute(
        """
        WITH logged AS (
            INSERT INTO delivery_attempts
                (delivery_id, attempt, at, status_code, error, milliseconds)
            SELECT delivery_id, %(attempt)s, %(at)s, %(status_code)s, %(error)s, %(milliseconds)s
            FROM deliveries WHERE delivery_id = %(delivery_id)s
            ON CONFLICT (delivery_id, attempt) DO NOTHING
            RETURNING delivery_id, attempt
        )
        UPDATE deliveries
        SET status = %(status)s, attempts = greatest(attempts, logged.attempt),
            next_attempt_at = %(next_attempt_at)s, queued_until = NULL
        FROM logged
        WHERE deliveries.delivery_id = logged.delivery_id AND deliveries.status = 'pending'
        """,
        {
            "delivery_id": attempted.delivery_id,
            "attempt": attempted.attempt,
            "at": attempted.at,
            "status_code": attempted.status_code,
            "error": attempted.error,
            "milliseconds": attempted.milliseconds,
            "status": status,
            "next_attempt_at": next_attempt_at,
        },
    )
    return logged.rowcount == 1


def of_job(connection: Connection, job_id: UUID) -> list[Delivery]:
    """The job's deliveries, oldest first."""
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            """
            SELECT delivery_id, job_id, event, url, status, attempts, next_attempt_at, created_at
            FROM deliveries WHERE job_id = %s ORDER BY delivery_id
            """,
            [job_id],
        ).fetchall()


def attempts(connection: Connection, delivery_ids: Sequence[UUID]) -> list[Attempt]:
    """The attempts of those deliveries, each delivery's in order."""
    with connection.cursor(row_factory=class_row(Attempt)) as cursor:
        return cursor.execute(
            """
            SELECT delivery_id, attempt, at, status_code, error, milliseconds
            FROM delivery_attempts WHERE delivery_id = ANY(%s) ORDER BY delivery_id, attempt
            """,
            [list(delivery_ids)],
        ).fetchall()
