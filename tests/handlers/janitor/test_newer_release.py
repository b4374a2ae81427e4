"""Jobs that a newer release began before this one was deployed over it."""

import json
from datetime import timedelta

import pytest
from mypy_boto3_s3 import S3Client

from database.connection import Connection
from pipeline.messages import FinishJob, IngestUpload, ProcessImage
from pipeline.states import JobStatus
from tests.handlers.janitor.world import NOTHING, NewJob, Sent, age, feed

OPTIONS = {"format": "jxl", "trim": True, "variants": [{"name": "thumb"}]}


@pytest.fixture(autouse=True)
def newer(connection: Connection, new_job: NewJob) -> None:
    """One job in each state that the janitor repairs, all with options of a newer release; then one
    in a state that only that knows."""
    for status in (JobStatus.AWAITING_UPLOAD, JobStatus.INGESTING, JobStatus.FINALIZING):
        new_job(status)
    new_job(images=1)
    connection.execute("UPDATE jobs SET options = %s", [json.dumps(OPTIONS)])
    connection.execute("ALTER TABLE jobs DROP CONSTRAINT jobs_status_check")
    odd = new_job(JobStatus.INGESTING)
    connection.execute("UPDATE jobs SET status = 'exploring' WHERE job_id = %s", [odd.job_id])


def test_the_repairs_of_everybody_go_on(
    connection: Connection, new_job: NewJob, sent: Sent[ProcessImage]
) -> None:
    mine = new_job(images=2)
    age(connection, timedelta(minutes=11))
    done = feed()
    assert done == NOTHING | {
        "uploads_found_or_expired": done["uploads_found_or_expired"],
        "ingests_repeated": 1,
        "images_repeated": 3,
        "finishes_repeated": 1,
    }
    messages = sent("images", ProcessImage)
    assert sum(each.job_id == mine.job_id for each in messages) == 2
    [newer] = [each for each in messages if each.job_id != mine.job_id]
    assert newer.options == OPTIONS


def test_a_job_in_a_state_of_a_newer_release_is_left_to_that(
    connection: Connection, sent: Sent[IngestUpload], s3: S3Client
) -> None:
    age(connection, timedelta(days=30))
    for _ in range(3):
        feed()
    [(status,)] = connection.execute(
        "SELECT status FROM jobs ORDER BY job_id DESC LIMIT 1"
    ).fetchall()
    assert status == "exploring"
    assert sent("finished", FinishJob)  # type: ignore[arg-type]  # of another queue
