"""A round of all duties."""

from datetime import timedelta

import pytest
from mypy_boto3_sqs import SQSClient

from database.connection import Connection
from janitor.rounds import DutiesFailedError
from pipeline.messages import (
    FinishJob,
)
from pipeline.states import JobStatus
from tests.handlers.janitor.world import NOTHING, NewJob, Sent, age, feed


def test_where_all_is_well_it_does_nothing(connection: Connection, new_job: NewJob) -> None:
    for status in JobStatus:
        new_job(status, images=1)
    before = connection.execute("SELECT * FROM jobs ORDER BY job_id").fetchall()
    assert feed() == NOTHING
    assert connection.execute("SELECT * FROM jobs ORDER BY job_id").fetchall() == before


def test_a_duty_that_fails_does_not_stop_the_others(
    connection: Connection, new_job: NewJob, sqs: SQSClient, sent: Sent[FinishJob]
) -> None:
    job = new_job(JobStatus.FINALIZING)
    age(connection, timedelta(minutes=11))
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="images")["QueueUrl"])
    with pytest.raises(DutiesFailedError, match=r"^images_repeated, images_given_up$"):
        feed()
    assert sent("finished", FinishJob) == [FinishJob(job_id=job.job_id)]


def test_while_postgresql_is_away_it_says_so_and_the_next_round_finds_it_again(
    connection: Connection, new_job: NewJob, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_job(JobStatus.FINALIZING)
    age(connection, timedelta(minutes=11))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DutiesFailedError, match=r"^webhooks_sent, .*, jobs_deleted$"):
        feed()
