"""Cancelled jobs that the processor was not told of."""

from datetime import timedelta

import pytest
from mypy_boto3_s3 import S3Client

from database import jobs
from database.connection import Connection
from janitor.rounds import DutiesFailedError
from pipeline import keys
from pipeline.states import JobStatus
from tests.handlers.janitor.world import NOTHING, NewJob, age, feed


def test_a_job_whose_cancelling_died_half_way_is_marked(
    connection: Connection, new_job: NewJob, s3: S3Client
) -> None:
    marked, unmarked = new_job(images=2), new_job(images=2)
    for job in (marked, unmarked):
        jobs.move(connection, job.job_id, JobStatus.CANCELLED)
    s3.put_object(Bucket="images", Key=keys.cancelled(marked.job_id), Body=b"by the api")
    assert feed() == NOTHING | {"cancelled_jobs_marked": 1}
    s3.head_object(Bucket="images", Key=keys.cancelled(unmarked.job_id))
    first = s3.get_object(Bucket="images", Key=keys.cancelled(marked.job_id))
    assert first["Body"].read() == b"by the api"
    assert feed() == NOTHING


def test_a_bucket_that_is_away_is_an_error_and_the_next_round_marks(
    connection: Connection, new_job: NewJob, s3: S3Client
) -> None:
    job = new_job(images=2)
    jobs.move(connection, job.job_id, JobStatus.CANCELLED)
    s3.delete_bucket(Bucket="images")
    with pytest.raises(DutiesFailedError, match=r"^cancelled_jobs_marked$"):
        feed()
    s3.create_bucket(Bucket="images")
    assert feed() == NOTHING | {"cancelled_jobs_marked": 1}


def test_jobs_that_were_cancelled_long_ago_are_left_alone(
    connection: Connection, new_job: NewJob
) -> None:
    """Their messages have been handed out, and marks do not last for ever either."""
    job = new_job(images=2)
    jobs.move(connection, job.job_id, JobStatus.CANCELLED)
    age(connection, timedelta(minutes=6))
    assert feed() == NOTHING
