"""The ``idempotency_keys`` table: which request made which job."""

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection


@dataclass(frozen=True)
class Keyed:
    """A request that a tenant's client has named."""

    tenant_id: UUID
    key: str
    request_sha256: bytes


@dataclass(frozen=True)
class Earlier:
    """The request that first bore a key, and the job it made."""

    request_sha256: bytes
    job_id: UUID


def earlier(connection: Connection, keyed: Keyed) -> Earlier | None:
    """What the key was used for, if it was."""
    with connection.cursor(row_factory=class_row(Earlier)) as cursor:
        return cursor.execute(
            """
            SELECT request_sha256, job_id FROM idempotency_keys
            WHERE tenant_id = %(tenant_id)s AND key = %(key)s
            """,
            {"tenant_id": keyed.tenant_id, "key": keyed.key},
        ).fetchone()


def claim(connection: Connection, keyed: Keyed, job_id: UUID) -> bool:
    """Ties the key to a job, in the transaction that makes it.

    Returns:
        False if another request has the key. One that is under way is waited for.
    """
    return bool(
        connection.execute(
            """
            INSERT INTO idempotency_keys (tenant_id, key, request_sha256, job_id)
            VALUES (%(tenant_id)s, %(key)s, %(request_sha256)s, %(job_id)s)
            ON CONFLICT (tenant_id, key) DO NOTHING
            """,
            {
                "tenant_id": keyed.tenant_id,
                "key": keyed.key,
                "request_sha256": keyed.request_sha256,
                "job_id": job_id,
            },
        ).rowcount
    )
