"""The ``deliveries`` table: the outbox of webhooks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from database import receivers
from database.connection import Connection
from pipeline.job import Job
from pipeline.states import DeliveryStatus, JobEvent

LEASE = timedelta(minutes=10)
"""How long a queued attempt may take to be reported; then it counts as lost and is queued again."""

SHARE = 50
"""Of one tenant's deliveries in one claim."""

LOOKS = 10
"""A claim looks this often for deliveries that are to be sent, where it meets only others."""

FIRST = UUID(int=0)
"""Sorts before every delivery."""


@dataclass(frozen=True)
class Due:
    """A delivery whose next attempt is to be queued, with what it takes to sign it. ``delay`` is in
    how many seconds the attempt is due, by the database's clock; 0 at once."""

    delivery_id: UUID
    tenant_id: UUID
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


# Of each tenant the longest due; of these the first of each tenant before the second of any.
DUE: LiteralString = """
    WITH RECURSIVE waiting AS (
        (SELECT tenant_id FROM deliveries WHERE status = 'pending' ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT tenant_id FROM deliveries
                WHERE status = 'pending' AND tenant_id > waiting.tenant_id
                ORDER BY tenant_id LIMIT 1)
        FROM waiting WHERE waiting.tenant_id IS NOT NULL
    ), due AS MATERIALIZED (
        SELECT delivery_id
        FROM waiting CROSS JOIN LATERAL (
            SELECT delivery_id, greatest(next_attempt_at, queued_until) AS due_at,
                   row_number() OVER (ORDER BY greatest(next_attempt_at, queued_until)) AS turn
            FROM deliveries
            WHERE tenant_id = waiting.tenant_id AND status = 'pending'
              AND greatest(next_attempt_at, queued_until) <= now()
            ORDER BY greatest(next_attempt_at, queued_until) LIMIT %(share)s
        ) AS of_tenant
        ORDER BY turn, due_at LIMIT %(limit)s
    )
    SELECT delivery_id FROM deliveries
    WHERE delivery_id = ANY(ARRAY(SELECT delivery_id FROM due))
      AND status IS NOT DISTINCT FROM 'pending'
      AND greatest(next_attempt_at, queued_until) <= now()
    FOR NO KEY UPDATE SKIP LOCKED
"""
# "IS NOT DISTINCT FROM" keeps that index out: what is pending of all jobs is no way to some.
DUE_OF_JOBS: LiteralString = """
    SELECT delivery_id FROM deliveries
    WHERE job_id = ANY(%(job_ids)s) AND status IS NOT DISTINCT FROM 'pending'
      AND next_attempt_at <= now() + %(within)s
      AND (queued_until IS NULL OR queued_until <= now())
    FOR NO KEY UPDATE SKIP LOCKED
"""
LEASED: LiteralString = """
    UPDATE deliveries SET queued_until = now() + %(lease)s
    FROM tenants
    WHERE delivery_id = ANY(%(delivery_ids)s) AND tenants.tenant_id = deliveries.tenant_id
    RETURNING delivery_id, tenants.tenant_id, attempts + 1 AS attempt, url, body,
              greatest(0, extract(epoch FROM next_attempt_at - now()))::float AS delay,
              webhook_secret AS secret,
              CASE WHEN previous_secret_expires_at > now()
                   THEN previous_webhook_secret END AS previous_secret
"""


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


def claim_due(connection: Connection, *, limit: int, share: int = SHARE) -> list[Due]:
    """Claims up to ``limit`` deliveries whose next attempt is due and not under way, for ``LEASE``.

    Tenants come by turns, those that wait longest first, with ``share`` of each at most: however
    many are due of one tenant, another one's only delivery is among them. Those of receivers that
    are silent are postponed (``receivers``).

    Returns:
        none only if none are due, or ``LOOKS`` times as many were postponed.
    """
    for _ in range(LOOKS):
        with connection.transaction():
            found = _ids(connection, DUE, {"limit": limit, "share": share})
            due = _lease(connection, found)
        if due or not found:
            return due
    return []


def claim_of_jobs(
    connection: Connection, job_ids: Collection[UUID], *, within: timedelta = timedelta(0)
) -> list[Due]:
    """Claims likewise those of some jobs, all that are due.

    Args:
        within: also claims what is due this soon (to be sent with a delay).
    """
    with connection.transaction():
        found = _ids(connection, DUE_OF_JOBS, {"job_ids": list(job_ids), "within": within})
        return _lease(connection, found)


def _ids(connection: Connection, query: LiteralString, arguments: Mapping[str, Any]) -> list[UUID]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query, arguments).fetchall()


def _lease(connection: Connection, delivery_ids: Sequence[UUID]) -> list[Due]:
    """Of locked deliveries those that are to be sent now."""
    if not delivery_ids:
        return []
    held = receivers.hold_back(connection, delivery_ids, lease=LEASE)
    sent = [each for each in delivery_ids if each not in held]
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        return cursor.execute(LEASED, {"lease": LEASE, "delivery_ids": sent}).fetchall()


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
