"""Jobs that nobody closed, and results that were not written."""

from datetime import timedelta

from database.connection import Connection
from pipeline.messages import (
    FinishJob,
)
from pipeline.states import JobStatus
from tests.handlers.janitor.world import NOTHING, NewJob, Sent, age, feed, finish, now, pause


def test_a_job_that_nobody_closed_is_closed(
    connection: Connection, new_job: NewJob, sent: Sent[FinishJob]
) -> None:
    job = new_job(images=2)
    finish(connection, job, 0, 1)
    assert feed() == NOTHING | {"jobs_closed": 1}
    assert now(connection, job).status == JobStatus.FINALIZING
    assert sent("finished", FinishJob) == [FinishJob(job_id=job.job_id)]
    assert feed() == NOTHING


def test_a_result_that_was_not_written_is_written_again(
    connection: Connection, new_job: NewJob, sent: Sent[FinishJob]
) -> None:
    job = new_job(JobStatus.FINALIZING)
    age(connection, timedelta(minutes=1))
    assert feed() == NOTHING
    age(connection, timedelta(minutes=1))
    assert feed() == NOTHING | {"finishes_repeated": 1}
    assert sent("finished", FinishJob) == [FinishJob(job_id=job.job_id)]


def test_a_result_that_cannot_be_written_for_days_rejects_its_job(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(JobStatus.FINALIZING)
    pause(connection, timedelta(hours=71), repairs=5)
    assert feed()["jobs_rejected"] == 0
    age(connection, timedelta(hours=2))
    assert feed()["jobs_rejected"] == 1
    assert now(connection, job).status == JobStatus.REJECTED
