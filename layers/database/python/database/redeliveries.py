"""Sending a webhook again because somebody asks for it."""

from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection
from database.deliveries import Delivery


def begin(connection: Connection, delivery_id: UUID, *, tenant_id: UUID) -> Delivery | None:
    """Makes the tenant's delivery due at once, with the whole schedule of tries before it.

    Attempts are numbered on. One that is under way stays the next: it is not made twice.

    Returns:
        the delivery after it, or None if the tenant has no such delivery.
    """
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            """
            UPDATE deliveries
            SET status = 'pending', restarted_after = attempts, restarted_at = now(),
                next_attempt_at = CASE WHEN status = 'pending' AND queued_until > now()
                                       THEN next_attempt_at ELSE now() END
            WHERE delivery_id = %(delivery_id)s AND tenant_id = %(tenant_id)s
            RETURNING delivery_id, job_id, event, url, status, attempts, next_attempt_at,
                      created_at
            """,
            {"delivery_id": delivery_id, "tenant_id": tenant_id},
        ).fetchone()
