"""The ``silent_receivers`` table: receivers that let requests run out of time.

Such a request keeps a notifier busy for all of its 15 seconds, so a receiver that is silent gets
one delivery at a time, a probe. Its others are postponed, which takes none of their tries, until a
probe is answered. A receiver is a host, for one tenant: no tenant's silence is another's trouble.

What the table says is a guess by the last reports. A row too many costs a pause, one too few costs
a few requests.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import LiteralString
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


# Looked up one by one, in the primary key. "OFFSET 0" keeps the planner from another order of work,
# which reads the whole table wherever it believes that to be small.
SILENT: LiteralString = """
    SELECT silent.*
    FROM (SELECT DISTINCT tenant_id, host FROM asked) AS receiver CROSS JOIN LATERAL (
        SELECT tenant_id, host, reported_at - silent_since AS silence, ctid AS place
        FROM silent_receivers AS known
        WHERE known.tenant_id = receiver.tenant_id AND known.host = receiver.host OFFSET 0
    ) AS silent
"""
NOTE_SILENT: LiteralString = """
    INSERT INTO silent_receivers AS known (tenant_id, host)
    SELECT DISTINCT tenant_id, host FROM deliveries
    WHERE delivery_id = ANY(%(delivery_ids)s) AND host IS NOT NULL
    ORDER BY tenant_id, host
    ON CONFLICT (tenant_id, host) DO UPDATE
    SET (silent_since, probe_at) = (
            SELECT since, now() + least((now() - since) * %(share)s, %(longest)s)
            FROM (VALUES (CASE WHEN known.reported_at < now() - %(remembered)s
                               THEN now() ELSE known.silent_since END)) AS silence (since)
        ), reported_at = now()
"""
NOTE_ANSWERED: LiteralString = f"""
    WITH asked AS MATERIALIZED (
        SELECT tenant_id, host FROM deliveries WHERE delivery_id = ANY(%(delivery_ids)s)
    )
    DELETE FROM silent_receivers WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM silent_receivers WHERE ctid = ANY(ARRAY(SELECT place FROM ({SILENT})))
        FOR UPDATE SKIP LOCKED))
"""  # noqa: S608 (a constant)
HOLD_BACK: LiteralString = f"""
    WITH asked AS MATERIALIZED (
        SELECT delivery_id, tenant_id, host, greatest(created_at, restarted_at) AS opened_at
        FROM deliveries
        WHERE delivery_id = ANY(%(delivery_ids)s)
          AND (restarted_at IS NULL OR attempts > restarted_after)
    ), silent AS MATERIALIZED (
        {SILENT}
    ), probed AS (
        UPDATE silent_receivers SET probe_at = now() + %(lease)s WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM silent_receivers
            WHERE ctid = ANY(ARRAY(SELECT place FROM silent)) AND probe_at <= now()
            FOR NO KEY UPDATE SKIP LOCKED))
        RETURNING tenant_id, host
    ), probes AS MATERIALIZED (
        SELECT DISTINCT ON (tenant_id, host) delivery_id
        FROM asked JOIN probed USING (tenant_id, host)
        ORDER BY tenant_id, host, delivery_id
    ), held AS MATERIALIZED (
        SELECT delivery_id, least(greatest(silence, %(shortest)s), %(longest)s) AS pause,
               silence > %(given_up)s AND opened_at < now() - %(given_up)s AS is_over
        FROM asked JOIN silent USING (tenant_id, host)
        WHERE delivery_id NOT IN (SELECT delivery_id FROM probes)
    )
    UPDATE deliveries
    SET status = CASE WHEN is_over THEN 'failed' ELSE status END,
        next_attempt_at = CASE WHEN NOT is_over THEN now() + pause * (1 + random()) END,
        queued_until = NULL
    FROM held
    WHERE deliveries.delivery_id = held.delivery_id
      AND deliveries.delivery_id = ANY(%(delivery_ids)s)
    RETURNING deliveries.delivery_id
"""  # noqa: S608 (a constant)


def note(connection: Connection, *, silent: Collection[UUID], answered: Collection[UUID]) -> None:
    """Notes the receivers of deliveries that were attempted, by what came of it.

    To be called outside of a transaction. Only the first of the statements waits for others, and
    all lock in the same order, so nobody can wait for each other in a circle.
    """
    if silent:
        arguments = {
            "delivery_ids": list(silent),
            "share": PROBE_SHARE,
            "longest": LONGEST_BETWEEN_PROBES,
            "remembered": REMEMBERED,
        }
        connection.execute(NOTE_SILENT, arguments)
    if answered:
        connection.execute(NOTE_ANSWERED, {"delivery_ids": list(answered)})


def hold_back(
    connection: Connection, delivery_ids: Sequence[UUID], *, lease: timedelta
) -> set[UUID]:
    """Postpones those of the deliveries whose receiver is silent, but one of each receiver that is
    to be probed now. What somebody has just asked to be sent again is never postponed.

    One that has waited for ``GIVEN_UP_AFTER``, with its receiver silent all the time, has failed.

    Args:
        delivery_ids: locked by the caller.
        lease: how long the report of a probe may take, until which there is no other.

    Returns:
        those that are not to be sent now.
    """
    arguments = {
        "delivery_ids": list(delivery_ids),
        "lease": lease,
        "shortest": SHORTEST_POSTPONEMENT,
        "longest": LONGEST_POSTPONEMENT,
        "given_up": GIVEN_UP_AFTER,
    }
    with connection.cursor(row_factory=scalar_row) as cursor:
        return set(cursor.execute(HOLD_BACK, arguments))


def forget(connection: Connection) -> None:
    """Forgets receivers that nobody has tried lately."""
    connection.execute(
        """
        DELETE FROM silent_receivers WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM silent_receivers WHERE reported_at < now() - %(remembered)s
            ORDER BY reported_at LIMIT 1000 FOR UPDATE SKIP LOCKED))
        """,
        {"remembered": REMEMBERED},
    )
