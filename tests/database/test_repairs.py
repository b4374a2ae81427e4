"""The janitor's claims: noted as they are made, shared by two, small at a time."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from database import jobs, repairs
from database.connection import Connection
from database.repairs import JobFailedError, Patience
from pipeline.job import Job
from pipeline.states import JobStatus

NewJob = Callable[..., Job]
PATIENCE = Patience(idle=timedelta(minutes=10), longest=timedelta(hours=4))


def let_pass(connection: Connection, by: timedelta) -> None:
    connection.execute(
        "UPDATE jobs SET updated_at = updated_at - %(by)s, completed_at = completed_at - %(by)s,"
        " repaired_at = repaired_at - %(by)s",
        {"by": by},
    )


def test_a_claim_leaves_the_time_of_the_last_progress_alone(
    connection: Connection, new_job: NewJob
) -> None:
    new_job(JobStatus.FINALIZING)
    let_pass(connection, timedelta(minutes=11))
    before = connection.execute("SELECT updated_at FROM jobs").fetchall()
    assert len(repairs.claim_stuck(connection, JobStatus.FINALIZING, PATIENCE, limit=9)) == 1
    assert connection.execute("SELECT updated_at FROM jobs").fetchall() == before
    assert connection.execute("SELECT repairs FROM jobs").fetchall() == [(1,)]


def test_a_move_begins_with_new_patience(connection: Connection, new_job: NewJob) -> None:
    job = new_job()
    connection.execute("UPDATE jobs SET repairs = 7, repaired_at = now()")
    jobs.close(connection, [job.job_id])
    assert connection.execute("SELECT repairs, repaired_at FROM jobs").fetchall() == [(0, None)]


def test_ingest_begins_with_new_patience_and_keeps_it(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(JobStatus.AWAITING_UPLOAD)
    for found in ((0, None), (7, True)):
        connection.execute("UPDATE jobs SET repairs = 7, repaired_at = now()")
        jobs.begin_ingest(connection, job.job_id, version_id="1")
        noted = connection.execute("SELECT repairs, repaired_at IS NOT NULL FROM jobs").fetchone()
        assert noted == (found[0], bool(found[1]))


def test_jobs_that_were_cancelled_lately_are_found(connection: Connection, new_job: NewJob) -> None:
    def found(limit: int = 9) -> list[UUID]:
        return jobs.cancelled_since(connection, timedelta(minutes=5), limit=limit)

    first, second = new_job(images=1), new_job(images=1)
    new_job(JobStatus.COMPLETED)
    assert found() == []
    for job in (first, second):
        jobs.move(connection, job.job_id, JobStatus.CANCELLED)
    assert found() == [second.job_id, first.job_id]
    assert found(limit=1) == [second.job_id]
    let_pass(connection, timedelta(minutes=6))
    assert found() == []


def test_pauses_double_up_to_the_longest(connection: Connection, new_job: NewJob) -> None:
    new_job(JobStatus.FINALIZING)
    let_pass(connection, timedelta(minutes=10, seconds=1))
    pauses: list[int] = []
    waited = 0
    while len(pauses) < 8:
        if repairs.claim_stuck(connection, JobStatus.FINALIZING, PATIENCE, limit=1):
            pauses.append(waited)
            waited = 0
        let_pass(connection, timedelta(minutes=10))
        waited += 10
    assert pauses == [0, 20, 40, 80, 160, 240, 240, 240]


def test_two_janitors_never_claim_the_same(
    connection: Connection, database_url: str, new_job: NewJob
) -> None:
    for _ in range(30):
        new_job(JobStatus.FINALIZING)
        new_job(images=4)
    let_pass(connection, timedelta(minutes=11))
    found: list[UUID] = []
    sent: list[tuple[UUID, int]] = []
    start = threading.Barrier(2)

    def janitor() -> None:
        with psycopg.connect(database_url, autocommit=True) as own:
            start.wait()
            while stuck := repairs.claim_stuck(own, JobStatus.FINALIZING, PATIENCE, limit=4):
                found.extend(job.job_id for job in stuck)
            while claimed := repairs.claim_pending_images(own, PATIENCE, backlog=0, limit=3):
                job, page = claimed
                sent.extend((job.job_id, each.position) for each in page)

    threads = [threading.Thread(target=janitor) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 30
    assert len(sent) == len(set(sent)) == 120


def test_what_has_its_outcome_meanwhile_is_not_claimed(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(images=4)
    let_pass(connection, timedelta(minutes=11))
    first = repairs.claim_pending_images(connection, PATIENCE, backlog=0, limit=2)
    assert first is not None
    assert [each.position for each in first[1]] == [0, 1]
    connection.execute("UPDATE images SET status = 'succeeded' WHERE position IN (0, 2)")
    connection.execute("UPDATE jobs SET images_succeeded = 2")
    second = repairs.claim_pending_images(connection, PATIENCE, backlog=0, limit=2)
    assert second is not None
    assert second[0].job_id == job.job_id
    assert [each.position for each in second[1]] == [3]
    assert repairs.claim_pending_images(connection, PATIENCE, backlog=0, limit=2) is None


def test_stuck_jobs_take_turns(connection: Connection, new_job: NewJob) -> None:
    """A large one keeps the others waiting for a page, and not for all of its images."""
    large, small = new_job(images=9), new_job(images=1)
    let_pass(connection, timedelta(minutes=11))
    turns = []
    while claimed := repairs.claim_pending_images(connection, PATIENCE, backlog=0, limit=3):
        turns.append(claimed[0].job_id)
    assert turns[:2] == [large.job_id, small.job_id]
    assert turns.count(large.job_id) == 4


def test_a_job_whose_images_cannot_be_claimed_is_named_and_can_be_passed_over(
    connection: Connection, new_job: NewJob
) -> None:
    broken, sound = new_job(images=1), new_job(images=1)
    connection.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'not this one'; END $$
        """
    )
    connection.execute(
        f"CREATE TRIGGER refuse BEFORE UPDATE ON jobs FOR EACH ROW"
        f" WHEN (OLD.job_id = '{broken.job_id}' AND NEW.repaired_at IS NOT NULL)"
        f" EXECUTE FUNCTION refuse()"
    )
    let_pass(connection, timedelta(minutes=11))
    with pytest.raises(JobFailedError) as raised:
        repairs.claim_pending_images(connection, PATIENCE, backlog=0, limit=3)
    assert raised.value.job_id == broken.job_id
    claimed = repairs.claim_pending_images(
        connection, PATIENCE, backlog=0, limit=3, besides=[broken.job_id]
    )
    assert claimed is not None
    assert claimed[0].job_id == sound.job_id
