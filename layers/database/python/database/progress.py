"""How far jobs are, as far as it is announced: at 25, 50 and 75 %."""

from collections.abc import Iterable
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from database.connection import Connection
from pipeline.job import Job

REACHED: LiteralString = (
    "((images_succeeded + images_failed)::bigint * 4 / nullif(images_total, 0) * 25)"
)


def advance(connection: Connection, job_ids: Iterable[UUID]) -> list[Job]:
    """Notes the milestones that those of the jobs have newly reached that have a webhook.

    A batch of outcomes may pass several at once: only the highest is noted, because the others tell
    nothing any more. The end is no milestone, it is an event of its own. To be called in the
    transaction that counts the outcomes.

    Returns:
        those jobs; ``milestone`` says which one it is.
    """
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(
            f"""
            UPDATE jobs SET milestone = {REACHED}
            WHERE job_id = ANY(%s) AND status = 'processing' AND webhook_url IS NOT NULL
              AND {REACHED} > milestone AND {REACHED} < 100
            RETURNING *
            """,  # noqa: S608 (a constant)
            [list(job_ids)],
        ).fetchall()
