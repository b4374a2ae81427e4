"""The ``silent_receivers`` table: receivers that let requests run out of time.

Such a request keeps a notifier busy for all of its 15 seconds, so a receiver that is silent gets
one delivery at a time, a probe. Its others are postponed, which takes none of their tries, until a
probe is answered. A receiver is a host, for one tenant: no tenant's silence is another's trouble.

What the table says is a guess by the last reports. A row too many costs a pause, one too few costs
a few requests.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from psycopg.rows import scalar_row

from database.connection import Connection

PROBE_SHARE = 0.25
"""Between two probes passes this share of the time for which the receiver has been silent. One that
has a single delivery is probed by that one's schedule, whose pauses are longer."""

LONGEST_BETWEEN_PROBES = timedelta(minutes=5)

SHORTEST_POSTPONEMENT = timedelta(minutes=1)
LONGEST_POSTPONEMENT = timedelta(minutes=30)
"""Between these, a delivery is postponed by as long as its receiver has been silent, or by up to
twice as long, so that not all of them come back at once."""

REMEMBERED = timedelta(hours=2)
"""After the last report. By then whatever was postponed has been due again."""

GIVEN_UP_AFTER = timedelta(days=4)
"""Of silence, and since the delivery was opened or sent again: its ten tries would be over."""


def note(
    connection: Connection, *, silent: Collection[UUID], answered: Collection[UUID]
) -> None:
    """Notes the receivers of deliveries that were attempted, by what came of it.

    To be called outside of a transaction. Each statement locks its rows in one order, and keeps
    none for the next one, so recorders wait for each other instead of deadlocking.
    """
    if silent:
        connection.execute(
            """
            INSERT INTO silent_receivers AS known (tenant_id, host)
            SELECT DISTINCT tenant_id, host FROM deliveries
            WHERE delivery_id = ANY(%(silent)s) AND host IS NOT NULL
            ORDER BY tenant_id, host
            ON CONFLICT (tenant_id, host) DO UPDATE
            SET (silent_since, probe_at) = (
                    SELECT since, now() + least((now() - since) * %(share)s, %(longest)s)
                    FROM (VALUES (CASE WHEN known.reported_at < now() - %(remembered)s
                                       THEN now() ELSE known.silent_since END)) AS silence (since)
                ), reported_at = now()
            """,
            {
                "silent": list(silent),
                "share": PROBE_SHARE,
                "longest": LONGEST_BETWEEN_PROBES,
                "remembered": REMEMBERED,
            },
        )
    if answered:
        connection.execute(
            """
            DELETE FROM silent_receivers USING (
                SELECT known.tenant_id, known.host FROM silent_receivers AS known
                WHERE (known.tenant_id, known.host) IN (
                    SELECT tenant_id, host FROM deliveries WHERE delivery_id = ANY(%s))
                ORDER BY known.tenant_id, known.host FOR UPDATE
            ) AS heard
            WHERE silent_receivers.tenant_id = heard.tenant_id
              AND silent_receivers.host = heard.host
            """,
            [list(answered)],
        )


def hold_back(
    connection: Connection, delivery_ids: Sequence[UUID], *, lease: timedelta
) -> set[UUID]:
    """Postpones those of the deliveries whose receiver is silent, but one of each receiver that is
    to be probed now. What somebody has just asked to be sent again is never postponed.

    One whose receiver has been silent for ``GIVEN_UP_AFTER`` has failed.

    Args:
        delivery_ids: locked by the caller.
        lease: how long the report of a probe may take, until which there is no other.

    Returns:
        those that are not to be sent now.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return set(
            cursor.execute(
                """
                WITH due AS MATERIALIZED (
                    SELECT delivery_id, tenant_id, host,
                           greatest(created_at, restarted_at) AS opened_at
                    FROM deliveries
                    WHERE delivery_id = ANY(%(delivery_ids)s)
                      AND (restarted_at IS NULL OR attempts > restarted_after)
                ), silent AS MATERIALIZED (
                    SELECT tenant_id, host, reported_at - silent_since AS silence
                    FROM silent_receivers
                    WHERE (tenant_id, host) IN (SELECT tenant_id, host FROM due)
                ), probed AS (
                    UPDATE silent_receivers AS receiver SET probe_at = now() + %(lease)s
                    FROM (
                        SELECT tenant_id, host FROM silent_receivers
                        WHERE (tenant_id, host) IN (SELECT tenant_id, host FROM due)
                          AND probe_at <= now()
                        FOR NO KEY UPDATE SKIP LOCKED
                    ) AS free
                    WHERE receiver.tenant_id = free.tenant_id AND receiver.host = free.host
                    RETURNING receiver.tenant_id, receiver.host
                ), probes AS (
                    SELECT DISTINCT ON (tenant_id, host) delivery_id
                    FROM due JOIN probed USING (tenant_id, host)
                    ORDER BY tenant_id, host, delivery_id
                ), held AS (
                    SELECT delivery_id, least(greatest(silence, %(shortest)s), %(longest)s) AS pause,
                           silence > %(given_up)s AND opened_at < now() - %(given_up)s AS is_over
                    FROM due JOIN silent USING (tenant_id, host)
                    WHERE delivery_id NOT IN (SELECT delivery_id FROM probes)
                )
                UPDATE deliveries
                SET status = CASE WHEN is_over THEN 'failed' ELSE status END,
                    next_attempt_at = CASE WHEN NOT is_over
                                           THEN now() + pause * (1 + random()) END,
                    queued_until = NULL
                FROM held WHERE deliveries.delivery_id = held.delivery_id
                RETURNING deliveries.delivery_id
                """,
                {
                    "delivery_ids": list(delivery_ids),
                    "lease": lease,
                    "shortest": SHORTEST_POSTPONEMENT,
                    "longest": LONGEST_POSTPONEMENT,
                    "given_up": GIVEN_UP_AFTER,
                },
            )
        )


def forget(connection: Connection) -> None:
    """Forgets receivers of which nothing was heard lately: nothing was sent to them either."""
    connection.execute(
        """
        DELETE FROM silent_receivers WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM silent_receivers WHERE reported_at < now() - %(remembered)s
            ORDER BY reported_at LIMIT 1000 FOR UPDATE SKIP LOCKED))
        """,
        {"remembered": REMEMBERED},
    )
