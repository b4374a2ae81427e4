"""The ``deliveries`` and ``delivery_attempts`` tables: the outbox of webhooks and its log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection
from pipeline.job import Job
from pipeline.messages import DeliveryAttempted
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


@dataclass(frozen=True)
class Attempt:
    """One row of the ``delivery_attempts`` table."""

    delivery_id: UUID
    attempt: int
    at: datetime
    status_code: int | None
    error: str | None
    milliseconds: int


@dataclass(frozen=True)
class Recorded:
    """An attempt, and where its delivery stands after it (``webhooks.schedule`` decides that).

    ``next_attempt_at`` is None if there is to be no other attempt.
    """

    attempted: DeliveryAttempted
    status: DeliveryStatus
    next_attempt_at: datetime | None


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


def record_attempts(connection: Connection, attempts: Sequence[Recorded]) -> int:
    """Logs attempts of locked deliveries and moves these on; a repeated report changes nothing.

    Returns:
        how many of the reports were new.
    """
    distinct = {(each.attempted.delivery_id, each.attempted.attempt): each for each in attempts}
    given = list(distinct.values())
    logged = connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest(
                %(delivery_id)s::uuid[], %(attempt)s::int[], %(at)s::timestamptz[],
                %(status_code)s::int[], %(error)s::text[], %(milliseconds)s::int[],
                %(status)s::text[], %(next_attempt_at)s::timestamptz[]
            ) AS given (
                delivery_id, attempt, at, status_code, error, milliseconds, status,
                next_attempt_at)
        ), logged AS (
            INSERT INTO delivery_attempts
                (delivery_id, attempt, at, status_code, error, milliseconds)
            SELECT delivery_id, attempt, at, status_code, error, milliseconds
            FROM given JOIN deliveries USING (delivery_id)
            ON CONFLICT (delivery_id, attempt) DO NOTHING
            RETURNING delivery_id, attempt
        ), moved AS (
            -- Of several attempts of one delivery in a batch the last one says where it stands.
            SELECT DISTINCT ON (delivery_id) given.*
            FROM given JOIN logged USING (delivery_id, attempt)
            ORDER BY delivery_id, attempt DESC
        ), updated AS (
            UPDATE deliveries
            SET status = moved.status, attempts = moved.attempt,
                next_attempt_at = moved.next_attempt_at, queued_until = NULL
            FROM moved
            WHERE deliveries.delivery_id = moved.delivery_id
              AND deliveries.status = 'pending' AND deliveries.attempts < moved.attempt
        )
        SELECT count(*) FROM logged
        """,
        {
            "delivery_id": [each.attempted.delivery_id for each in given],
            "attempt": [each.attempted.attempt for each in given],
            "at": [each.attempted.at for each in given],
            "status_code": [each.attempted.status_code for each in given],
            "error": [each.attempted.error for each in given],
            "milliseconds": [each.attempted.milliseconds for each in given],
            "status": [each.status.value for each in given],
            "next_attempt_at": [each.next_attempt_at for each in given],
        },
    ).fetchone()
    return 0 if logged is None else int(logged[0])


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
