"""The ingest function, fed with the uploads queue's events."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from database import jobs
from database.connection import Connection
from ingest.handler import handler, ingestion, redelivery
from ingest.settings import IngestSettings
from pipeline.states import JobStatus

EVENTS = Path(__file__).parents[2] / "events"
JOB_ID = UUID("019ce3a0-1111-7abc-8def-000000000001")
QUEUES = ("images", "finished", "deliveries", "uploads")
TABLE = b"name,images\nCup,https://a.example/1.jpg\nJug,https://a.example/2.jpg\n"

Call = Callable[[str], list[str]]


@dataclass(frozen=True)
class Context:
    """As much of Lambda's context as the function looks at."""

    milliseconds: int = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def event(name: str, version: str | None) -> dict[str, Any]:
    """The event, speaking of the version that the upload really has."""
    loaded: dict[str, Any] = json.loads((EVENTS / name).read_text("utf-8"))
    for record in loaded["Records"]:
        body = json.loads(record["body"])
        for notified in body.get("Records", []):
            notified["s3"]["object"]["versionId"] = version
        record["body"] = json.dumps(body)
    return loaded


@pytest.fixture
def call(
    database_url: str, s3: S3Client, sqs: SQSClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Call]:
    """Answers an event with the numbers of the messages that failed."""
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    environment = {
        "DATABASE_URL": database_url,
        "API_URL": "https://api.example",
        "UPLOADS_BUCKET": "uploads",
        # A logger lives as long as the process, and writes to the stdout it began with.
        "POWERTOOLS_SERVICE_NAME": f"ingest-{uuid4()}",
        **{
            f"{name.upper()}_QUEUE_URL": sqs.create_queue(QueueName=name)["QueueUrl"]
            for name in QUEUES
        },
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ingestion.cache_clear()
    redelivery.cache_clear()

    def answer(name: str) -> list[str]:
        versions = s3.list_object_versions(Bucket="uploads").get("Versions", [])
        version = versions[0]["VersionId"] if versions else None
        got = handler(event(name, version), Context())  # type: ignore[arg-type]  # enough of it
        return [each["itemIdentifier"][-1] for each in got["batchItemFailures"]]

    yield answer
    ingestion().database.close()
    ingestion.cache_clear()
    redelivery.cache_clear()


@pytest.fixture
def job(connection: Connection, tenant_id: UUID) -> UUID:
    """The job of the events, waiting for its upload."""
    connection.execute(
        "INSERT INTO jobs (job_id, tenant_id, options, upload_expires_at)"
        " VALUES (%s, %s, '{}', now() + interval '15 minutes')",
        [JOB_ID, tenant_id],
    )
    return JOB_ID


def upload(s3: S3Client, data: bytes) -> None:
    s3.put_object(Bucket="uploads", Key=f"uploads/{JOB_ID}.csv", Body=data)


def status(connection: Connection) -> str:
    job = jobs.get(connection, JOB_ID)
    assert job is not None
    return job.status


@pytest.mark.parametrize("name", ["ingest.json", "ingest-continuation.json"])
def test_an_upload_is_ingested_whoever_announces_it(
    *, name: str, call: Call, job: UUID, s3: S3Client, sqs: SQSClient, connection: Connection
) -> None:
    upload(s3, TABLE)
    assert call(name) == []
    assert status(connection) == JobStatus.PROCESSING
    url = sqs.get_queue_url(QueueName="images")["QueueUrl"]
    messages = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )["Messages"]
    assert sorted(json.loads(each["Body"])["position"] for each in messages) == [0, 1]


def test_the_same_event_twice_is_harmless(
    call: Call, job: UUID, s3: S3Client, connection: Connection
) -> None:
    upload(s3, TABLE)
    assert call("ingest.json") == call("ingest.json") == []
    assert status(connection) == JobStatus.PROCESSING


def test_a_file_that_only_a_newer_release_can_read_waits_for_that(
    call: Call, job: UUID, s3: S3Client, connection: Connection
) -> None:
    """It has begun, so that the janitor sends it again, and gives it up in the end."""
    connection.execute("""UPDATE jobs SET options = '{"image_columns": ["Photo"]}'""")
    upload(s3, TABLE)
    assert len(call("ingest.json")) == 1
    assert status(connection) == JobStatus.INGESTING
    connection.execute("UPDATE jobs SET options = '{}'")
    assert call("ingest.json") == []
    assert status(connection) == JobStatus.PROCESSING


def test_s3s_test_event_is_nothing_to_do(call: Call) -> None:
    assert call("ingest-test-event.json") == []


def test_a_bad_message_does_not_keep_the_others(
    call: Call, job: UUID, s3: S3Client, connection: Connection
) -> None:
    upload(s3, TABLE)
    assert call("ingest-mixed.json") == ["1", "2"]
    assert status(connection) == JobStatus.PROCESSING


def test_an_upload_that_is_not_there_comes_again(
    call: Call, job: UUID, connection: Connection
) -> None:
    assert call("ingest-continuation.json") == ["1"]
    assert status(connection) == JobStatus.AWAITING_UPLOAD


def test_an_upload_of_no_job_is_nothing_to_do(call: Call, s3: S3Client) -> None:
    upload(s3, TABLE)
    assert call("ingest.json") == []


def test_an_unusable_file_is_rejected_and_not_tried_again(
    call: Call, job: UUID, s3: S3Client, connection: Connection
) -> None:
    upload(s3, b"%PDF-1.7")
    assert call("ingest.json") == []
    assert status(connection) == JobStatus.REJECTED


def test_the_settings_are_those_of_the_environment() -> None:
    assert set(IngestSettings.model_fields) == {
        "database_url",
        "database_secret_arn",
        "api_url",
        "uploads_bucket",
        *(f"{name}_queue_url" for name in QUEUES),
    }
