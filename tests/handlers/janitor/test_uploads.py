"""Files that arrived unnoticed, that never came, and that no ingest survives."""

from datetime import timedelta

from mypy_boto3_s3 import S3Client

from database import deliveries
from database.connection import Connection
from pipeline import keys
from pipeline.messages import (
    IngestUpload,
)
from pipeline.states import JobEvent, JobStatus
from tests.handlers.janitor.world import HOOK, NOTHING, NewJob, Sent, age, feed, now, pause


def test_a_file_that_arrived_unnoticed_is_ingested(
    connection: Connection, new_job: NewJob, s3: S3Client, sent: Sent[IngestUpload]
) -> None:
    job = new_job(JobStatus.AWAITING_UPLOAD)
    version = s3.put_object(Bucket="uploads", Key=keys.upload(job.job_id), Body=b"x")
    age(connection, timedelta(hours=2))
    assert feed() == NOTHING | {"uploads_found_or_expired": 1}
    assert sent("uploads", IngestUpload) == [
        IngestUpload(job_id=job.job_id, version_id=version["VersionId"])
    ]
    assert now(connection, job).status == JobStatus.AWAITING_UPLOAD
    assert feed() == NOTHING


def test_a_file_that_never_came_expires_its_job_after_a_margin(
    connection: Connection, new_job: NewJob, sent: Sent[IngestUpload]
) -> None:
    job = new_job(JobStatus.AWAITING_UPLOAD)
    age(connection, timedelta(minutes=30))
    assert feed() == NOTHING
    age(connection, timedelta(minutes=30))
    assert feed() == NOTHING | {"uploads_found_or_expired": 1}
    expired = now(connection, job)
    assert expired.status == JobStatus.EXPIRED
    assert expired.completed_at is not None
    assert sent("uploads", IngestUpload) == []


def test_an_ingest_that_died_is_repeated_with_growing_pauses(
    connection: Connection, new_job: NewJob, sent: Sent[IngestUpload]
) -> None:
    job = new_job(JobStatus.INGESTING)
    connection.execute("UPDATE jobs SET source_version = 'v1'")
    age(connection, timedelta(minutes=11))
    repeated = []
    for _ in range(12):
        repeated.append(feed()["ingests_repeated"])
        age(connection, timedelta(minutes=6))
    assert repeated == [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    assert set(sent("uploads", IngestUpload)) == {IngestUpload(job_id=job.job_id, version_id="v1")}


def test_a_file_that_no_ingest_survives_is_rejected_and_announced(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(JobStatus.INGESTING, webhook_url=HOOK)
    pause(connection, timedelta(hours=25), repairs=5)
    done = feed()
    assert (done["ingests_repeated"], done["jobs_rejected"]) == (1, 1)
    rejected = now(connection, job)
    assert (rejected.status, rejected.error_code) == (JobStatus.REJECTED, "internal_error")
    [delivery] = deliveries.of_job(connection, job.job_id)
    assert delivery.event == JobEvent.REJECTED
    assert feed() == NOTHING | {"webhooks_sent": 1}
