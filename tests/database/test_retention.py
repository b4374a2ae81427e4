"""Deleting old jobs: in pieces, by several janitors, and only what is still old."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from database import retention
from database.connection import Connection
from database.retention import Deleted
from pipeline.job import Job
from pipeline.states import JobStatus

NewJob = Callable[..., Job]
DAY = timedelta(days=1)


@pytest.fixture
def old(connection: Connection, new_job: NewJob) -> list[Job]:
    """Two jobs that ended two days ago."""
    made = [new_job(JobStatus.COMPLETED, images=5) for _ in range(2)]
    connection.execute("UPDATE jobs SET completed_at = now() - interval '2 days'")
    return made


def test_a_large_job_is_deleted_in_pieces(connection: Connection, old: list[Job]) -> None:
    job_id = old[0].job_id
    pieces = [retention.delete_some(connection, job_id, older_than=DAY, limit=2) for _ in range(3)]
    assert pieces == [Deleted(rows=4), Deleted(rows=4), Deleted(jobs=1, rows=2)]
    left = connection.execute("SELECT DISTINCT job_id FROM images").fetchall()
    assert left == [(old[1].job_id,)]


def test_the_job_that_ended_first_is_the_next(connection: Connection, old: list[Job]) -> None:
    first, second = old[0].job_id, old[1].job_id
    connection.execute(
        "UPDATE jobs SET completed_at = now() - interval '3 days' WHERE job_id = %s", [second]
    )
    assert retention.next_job(connection, older_than=DAY) == second
    assert retention.next_job(connection, older_than=DAY, besides=[second]) == first
    assert retention.next_job(connection, older_than=DAY, besides=[first, second]) is None
    assert retention.next_job(connection, older_than=4 * DAY) is None


def test_a_job_that_was_taken_up_again_since_it_was_found_stays(
    connection: Connection, old: list[Job]
) -> None:
    job_id = retention.next_job(connection, older_than=DAY)
    assert job_id is not None
    connection.execute("UPDATE jobs SET status = 'processing', completed_at = NULL")
    assert retention.delete_some(connection, job_id, older_than=DAY, limit=9) == Deleted()
    assert connection.execute("SELECT count(*) FROM images").fetchone() == (10,)


def test_two_janitors_delete_side_by_side(
    connection: Connection, database_url: str, old: list[Job]
) -> None:
    first, second = (job.job_id for job in old)
    with psycopg.connect(database_url, autocommit=True) as other, connection.transaction():
        whole = Deleted(jobs=1, rows=10)
        assert retention.delete_some(connection, first, older_than=DAY, limit=9) == whole
        assert retention.next_job(other, older_than=DAY) == second
        assert retention.delete_some(other, first, older_than=DAY, limit=9) == Deleted()
        assert retention.delete_some(other, second, older_than=DAY, limit=9) == whole
        assert retention.next_job(other, older_than=DAY) is None
