"""Deleting what is older than it is kept, a bounded piece at a time."""

from collections.abc import Collection
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


def next_job(
    connection: Connection, *, older_than: timedelta, besides: Collection[UUID] = ()
) -> UUID | None:
    """The job that ended first, if that is so long ago and no other janitor is at it.

    Args:
        besides: jobs to pass over.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        job_id: UUID | None = cursor.execute(
            """
            SELECT job_id FROM jobs
            WHERE completed_at < now() - %(older_than)s::interval AND job_id <> ALL(%(besides)s)
            ORDER BY completed_at LIMIT 1
            FOR UPDATE SKIP LOCKED
            """,
            {"older_than": older_than, "besides": list(besides)},
        ).fetchone()
    return job_id


def delete_some(
    connection: Connection, job_id: UUID, *, older_than: timedelta, limit: int
) -> Deleted:
    """Deletes up to ``limit`` each of the rows and images of a finished job, and the job itself
    with its deliveries once it has no more; nothing if the job is not that old any more, or another
    janitor has it."""
    with connection.transaction():
        if not _lock(connection, job_id, older_than):
            return Deleted()
        # The first by the primary key, then by where they lie. With "IN (SELECT ...)" it is up to
        # the statistics whether the rows are chosen once, or again for each row of the job.
        arguments = {"job_id": job_id, "limit": limit}
        rows = connection.execute(
            """
            DELETE FROM csv_rows WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM csv_rows WHERE job_id = %(job_id)s
                ORDER BY row_number LIMIT %(limit)s))
            """,
            arguments,
        ).rowcount
        images = connection.execute(
            """
            DELETE FROM images WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM images WHERE job_id = %(job_id)s
                ORDER BY position LIMIT %(limit)s))
            """,
            arguments,
        ).rowcount
        if limit in (rows, images):
            return Deleted(rows=rows + images)
        connection.execute("DELETE FROM deliveries WHERE job_id = %s", [job_id])
        connection.execute("DELETE FROM jobs WHERE job_id = %s", [job_id])
        return Deleted(jobs=1, rows=rows + images)


def _lock(connection: Connection, job_id: UUID, older_than: timedelta) -> bool:
    found = connection.execute(
        """
        SELECT completed_at < now() - %(older_than)s::interval FROM jobs WHERE job_id = %(job_id)s
        FOR UPDATE SKIP LOCKED
        """,
        {"job_id": job_id, "older_than": older_than},
    )
    return found.fetchone() == (True,)
