"""The ``idempotency_keys`` table: which request made which job.

A job that expired never got its CSV: nothing was done under its key, so the key is free again.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection


@dataclass(frozen=True)
class Keyed:
    """A request that a tenant's client has named.

    Attributes:
        request_sha256: of what the request asks for.
        first_release_sha256: the same as release 0.1 computed it, whose keys are kept for 90 days;
            None if the request uses what that release did not know.
    """

    tenant_id: UUID
    key: str
    request_sha256: bytes
    first_release_sha256: bytes | None = None

    def is_request(self, sha256: bytes) -> bool:
        """Whether a stored digest is this request's."""
        return sha256 in (self.request_sha256, self.first_release_sha256)


@dataclass(frozen=True)
class Earlier:
    """The request that first bore a key, and the job it made."""

    request_sha256: bytes
    job_id: UUID


def earlier(connection: Connection, keyed: Keyed) -> Earlier | None:
    """What the key was used for, if it was, and the job has not expired since."""
    with connection.cursor(row_factory=class_row(Earlier)) as cursor:
        return cursor.execute(
            """
            SELECT request_sha256, job_id FROM (
                SELECT request_sha256, job_id FROM idempotency_keys
                WHERE tenant_id = %(tenant_id)s AND key >= %(key)s AND key <= %(key)s
                -- The order of the primary key, which is then the one index to look it up in.
                ORDER BY key LIMIT 1
            ) AS named
            WHERE (SELECT status FROM jobs WHERE jobs.job_id = named.job_id) <> 'expired'
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
            ON CONFLICT (tenant_id, key) DO UPDATE
            SET request_sha256 = excluded.request_sha256, job_id = excluded.job_id
            WHERE EXISTS (
                SELECT FROM jobs
                WHERE jobs.job_id = idempotency_keys.job_id AND jobs.status = 'expired'
            )
            """,
            {
                "tenant_id": keyed.tenant_id,
                "key": keyed.key,
                "request_sha256": keyed.request_sha256,
                "job_id": job_id,
            },
        ).rowcount
    )
