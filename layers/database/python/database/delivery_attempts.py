"""The ``delivery_attempts`` table: the log of what came of each try to deliver a webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection
from pipeline.messages import DeliveryAttempted
from pipeline.states import DeliveryStatus


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

    Attributes:
        status: None if the attempt is older than what is known of the delivery, which stays as it
            is.
        pause: from now to the next attempt; None if there is to be no other.
    """

    attempted: DeliveryAttempted
    status: DeliveryStatus | None
    pause: timedelta | None


def record(connection: Connection, attempts: Sequence[Recorded]) -> int:
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
                %(status)s::text[], %(pause)s::interval[]
            ) AS given (
                delivery_id, attempt, at, status_code, error, milliseconds, status, pause)
        ), logged AS (
            INSERT INTO delivery_attempts
                (delivery_id, attempt, at, status_code, error, milliseconds)
            SELECT delivery_id, attempt, at, status_code, error, milliseconds
            FROM given WHERE delivery_id = ANY(ARRAY(
                SELECT delivery_id FROM deliveries WHERE delivery_id = ANY(%(delivery_id)s)))
            ON CONFLICT (delivery_id, attempt) DO NOTHING
            RETURNING delivery_id, attempt
        ), moved AS (
            -- Of several attempts of one delivery in a batch the last one says where it stands.
            SELECT DISTINCT ON (delivery_id) given.*
            FROM given JOIN logged USING (delivery_id, attempt)
            WHERE given.status IS NOT NULL
            ORDER BY delivery_id, attempt DESC
        ), updated AS (
            UPDATE deliveries
            SET status = moved.status, attempts = moved.attempt,
                next_attempt_at = now() + moved.pause, queued_until = NULL
            -- Not by what is pending: through an index of that, each pending delivery might be
            -- compared with each attempt.
            FROM moved
            WHERE deliveries.delivery_id = moved.delivery_id
              AND deliveries.delivery_id = ANY(%(delivery_id)s)
              AND deliveries.attempts < moved.attempt
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
            "status": [each.status and each.status.value for each in given],
            "pause": [each.pause for each in given],
        },
    ).fetchone()
    return 0 if logged is None else int(logged[0])


def of_deliveries(connection: Connection, delivery_ids: Sequence[UUID]) -> list[Attempt]:
    """The attempts of those deliveries, each delivery's in order."""
    with connection.cursor(row_factory=class_row(Attempt)) as cursor:
        return cursor.execute(
            """
            SELECT delivery_id, attempt, at, status_code, error, milliseconds
            FROM delivery_attempts WHERE delivery_id = ANY(%s) ORDER BY delivery_id, attempt
            """,
            [list(delivery_ids)],
        ).fetchall()
