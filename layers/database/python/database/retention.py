"""Deleting what is older than it is kept, a bounded piece at a time."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg.rows import scalar_row

from database.connection import Connection


@dataclass(frozen=True)
class Deleted:
    """How much one call has deleted."""

    jobs: int = 0
    rows: int = 0
    """Of ``csv_rows`` and ``images``."""


def delete_some(connection: Connection, *, older_than: timedelta, limit: int) -> Deleted | None:
    """Deletes up to ``limit`` each of the rows and images of one finished job, and the job itself
    with its deliveries once it has no more. None if no job is that old, or another janitor has it.
    """
    with connection.transaction():
        with connection.cursor(row_factory=scalar_row) as cursor:
            job_id: UUID | None = cursor.execute(
                """
                SELECT job_id FROM jobs WHERE completed_at < now() - %s::interval
                ORDER BY completed_at LIMIT 1
                FOR UPDATE SKIP LOCKED
                """,
                [older_than],
            ).fetchone()
        if job_id is None:
            return None
        # By ranges of the primary key, which holds whatever order the rows were stored in.
        arguments = {"job_id": job_id, "limit": limit}
        rows = connection.execute(
            """
            DELETE FROM csv_rows WHERE job_id = %(job_id)s AND row_number IN (
                SELECT row_number FROM csv_rows WHERE job_id = %(job_id)s
                ORDER BY row_number LIMIT %(limit)s)
            """,
            arguments,
        ).rowcount
        images = connection.execute(
            """
            DELETE FROM images WHERE job_id = %(job_id)s AND position IN (
                SELECT position FROM images WHERE job_id = %(job_id)s
                ORDER BY position LIMIT %(limit)s)
            """,
            arguments,
        ).rowcount
        if limit in (rows, images):
            return Deleted(rows=rows + images)
        connection.execute("DELETE FROM deliveries WHERE job_id = %s", [job_id])
        connection.execute("DELETE FROM jobs WHERE job_id = %s", [job_id])
        return Deleted(jobs=1, rows=rows + images)
