"""The finisher, fed with the finished queue's events: results compared line by line."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from database import csv_rows, deliveries, images, jobs
from database.connection import Connection
from database.csv_rows import NewRow
from database.images import NewImage
from finisher.handler import finishing, handler, redelivery
from finisher.results import Results
from finisher.settings import FinisherSettings
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.states import JobStatus

EVENTS = Path(__file__).parents[2] / "events"
JOB_ID = UUID("019ce3a0-1111-7abc-8def-000000000001")
OTHER = UUID("019ce3a0-1111-7abc-8def-000000000002")
TABLE = (
    "\ufeffsku;name;images;note\n"
    '1;Tasse ☕;https://a.example/1.jpg,https://a.example/2.jpg;"two\nlines; one ""quote"""\n'
    "2;;https://a.example/3.jpg;\n"
    "\n"
    "3;Krug;https://a.example/2.jpg nope;=1+1\n"
    "4;Topf\n"
).encode()
RESULT = [
    ["sku", "name", "images", "note", "Output Image Urls", "Errors"],
    ["1", "Tasse ☕", "https://a.example/1.jpg,https://a.example/2.jpg",
     'two\nlines; one "quote"', "https://cdn.example/0.jpg,", "not_found: https://a.example/2.jpg"],
    ["2", "", "https://a.example/3.jpg", "", "", "missing_name: name"],
    ["3", "Krug", "https://a.example/2.jpg nope", "=1+1", ",",
     "not_found: https://a.example/2.jpg\ninvalid_url: nope"],
    ["4", "Topf", "", "", "", "ragged_row: images"],
]  # fmt: skip

FAILURES = [
    ["sku", "name", "images", "note", "Output Image Urls", "Errors", "Input Row"],
    [*RESULT[1][:5],
     "not_found: https://a.example/2.jpg (The server has no such file.)", "1"],
    [*RESULT[2][:5], "missing_name: name (It is empty.)", "2"],
    [*RESULT[3][:5], ("not_found: https://a.example/2.jpg (The server has no such file.)\n"
     "invalid_url: nope (It is none.)"), "3"],
    [*RESULT[4][:5], "ragged_row: images (It is short.)", "4"],
]  # fmt: skip

Call = Callable[[str], list[str]]


@pytest.fixture
def call(
    database_url: str, s3: S3Client, sqs: SQSClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Call]:
    """Answers an event with the numbers of the messages that failed."""
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    s3.create_bucket(Bucket="results")
    environment = {
        "DATABASE_URL": database_url,
        "API_URL": "https://api.example",
        "UPLOADS_BUCKET": "uploads",
        "RESULTS_BUCKET": "results",
        "DELIVERIES_QUEUE_URL": sqs.create_queue(QueueName="deliveries")["QueueUrl"],
        # A logger lives as long as the process, and writes to the stdout it began with.
        "POWERTOOLS_SERVICE_NAME": f"finisher-{uuid4()}",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    finishing.cache_clear()
    redelivery.cache_clear()

    def answer(name: str) -> list[str]:
        event = json.loads((EVENTS / name).read_text("utf-8"))
        got = handler(event, None)  # type: ignore[arg-type]  # the context is not used
        return [each["itemIdentifier"][-1] for each in got["batchItemFailures"]]

    yield answer
    finishing().database.close()
    finishing.cache_clear()
    redelivery.cache_clear()


def finalizing(
    connection: Connection, tenant_id: UUID, s3: S3Client, job_id: UUID, data: bytes = TABLE
) -> None:
    """A job as it is once the recorder has closed it, with a newer upload under its key."""
    key = f"uploads/{job_id}.csv"
    version = s3.put_object(Bucket="uploads", Key=key, Body=data)["VersionId"]
    s3.put_object(Bucket="uploads", Key=key, Body=b"something else")
    connection.execute(
        "INSERT INTO jobs (job_id, tenant_id, options, upload_expires_at, status, source_version,"
        " webhook_url, rows_total, rows_rejected, images_total, images_succeeded, images_failed)"
        " VALUES (%s, %s, '{}', now(), 'finalizing', %s, 'https://shop.example/', 4, 2, 3, 1, 2)",
        [job_id, tenant_id, version],
    )
    failed = (ImageErrorCode.NOT_FOUND, "The server has no such file.")
    images.add(
        connection,
        job_id,
        [
            NewImage(0, "https://a.example/1.jpg"),
            NewImage(1, "https://a.example/2.jpg", failed),
            NewImage(2, "nope", (ImageErrorCode.INVALID_URL, "It is none.")),
        ],
    )
    connection.execute(
        "UPDATE images SET status = 'succeeded', output_url = 'https://cdn.example/0.jpg'"
        " WHERE job_id = %s AND position = 0",
        [job_id],
    )
    rows = [
        NewRow(1, [0, 1]),
        NewRow(2, error=("missing_name", "name", "It is empty.")),
        NewRow(3, [1, 2]),
        NewRow(4, error=("ragged_row", "images", "It is short.")),
    ]
    csv_rows.add(connection, job_id, rows)


@pytest.fixture
def job(call: Call, connection: Connection, tenant_id: UUID, s3: S3Client) -> UUID:
    finalizing(connection, tenant_id, s3, JOB_ID)
    return JOB_ID


def found(connection: Connection, job_id: UUID = JOB_ID) -> Job:
    job = jobs.get(connection, job_id)
    assert job is not None
    return job


def result(s3: S3Client, suffix: str = "") -> bytes:
    return s3.get_object(Bucket="results", Key=f"results/{JOB_ID}{suffix}.csv")["Body"].read()


def lines(data: bytes) -> Sequence[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def messages(sqs: SQSClient) -> list[dict[str, str]]:
    url = sqs.get_queue_url(QueueName="deliveries")["QueueUrl"]
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(each["Body"]) for each in received]


def test_the_result_is_written_and_the_job_completes(
    call: Call, job: UUID, s3: S3Client, sqs: SQSClient, connection: Connection
) -> None:
    assert call("finisher.json") == []
    assert result(s3).startswith(b"\xef\xbb\xbfsku;")
    assert lines(result(s3)) == RESULT
    now = found(connection)
    assert now.status == JobStatus.COMPLETED
    assert now.completed_at is not None
    (delivery,) = messages(sqs)
    body = json.loads(delivery["body"])
    assert body["type"] == "job.completed"
    assert body["data"]["result_url"] == f"https://api.example/v1/jobs/{JOB_ID}/result"


def test_the_rows_that_failed_are_written_with_their_reasons(
    call: Call, job: UUID, s3: S3Client
) -> None:
    call("finisher.json")
    assert lines(result(s3, "-failures")) == FAILURES


def test_where_nothing_failed_the_file_of_failures_has_no_rows(
    call: Call, connection: Connection, tenant_id: UUID, s3: S3Client
) -> None:
    data = b"name,images\nCup,https://a.example/1.jpg\n"
    finalizing(connection, tenant_id, s3, JOB_ID, data)
    connection.execute("UPDATE jobs SET rows_rejected = 0, images_failed = 0, rows_total = 1")
    connection.execute("DELETE FROM csv_rows WHERE row_number > 1")
    call("finisher.json")
    header = b"name,images,Output Image Urls,Errors,Input Row\r\n"
    assert result(s3, "-failures") == header


def test_a_job_without_a_good_row_is_rejected_and_its_rows_are_written_down(
    call: Call, connection: Connection, tenant_id: UUID, s3: S3Client, sqs: SQSClient
) -> None:
    finalizing(connection, tenant_id, s3, JOB_ID, b"name,images\nCup,\n,https://a.example/1.jpg\n")
    connection.execute(
        "UPDATE jobs SET rows_total = 2, images_total = 0, images_succeeded = 0, images_failed = 0"
    )
    connection.execute("DELETE FROM csv_rows; DELETE FROM images")
    csv_rows.add(
        connection,
        JOB_ID,
        [
            NewRow(1, error=("missing_urls", "images", "It holds no URL.")),
            NewRow(2, error=("missing_name", "name", "It is empty.")),
        ],
    )
    assert call("finisher.json") == []
    now = found(connection)
    assert (now.status, now.error_code) == (JobStatus.REJECTED, "no_valid_rows")
    assert now.error_message == (
        "None of the file's 2 rows can be used. Row 1, images: It holds no URL."
    )
    (delivery,) = messages(sqs)
    assert json.loads(delivery["body"])["type"] == "job.rejected"
    assert result(s3, "-failures").decode().splitlines()[1:] == [
        "Cup,,,missing_urls: images (It holds no URL.),1",
        ",https://a.example/1.jpg,,missing_name: name (It is empty.),2",
    ]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="results")["Contents"]]
    assert keys == [f"results/{JOB_ID}-failures.csv"]


def test_a_repeated_message_completes_nothing_twice(
    call: Call, job: UUID, sqs: SQSClient, connection: Connection
) -> None:
    assert call("finisher.json") == call("finisher.json") == []
    assert [each.event for each in deliveries.of_job(connection, JOB_ID)] == ["job.completed"]
    assert len(messages(sqs)) == 1


@pytest.mark.parametrize("status", [each for each in JobStatus if each != JobStatus.FINALIZING])
def test_a_job_in_any_other_state_is_left_alone(
    call: Call, job: UUID, s3: S3Client, connection: Connection, status: JobStatus
) -> None:
    connection.execute("UPDATE jobs SET status = %s", [status])
    assert call("finisher.json") == []
    assert found(connection).status == status
    assert "Contents" not in s3.list_objects_v2(Bucket="results")


def test_two_finishers_at_once_complete_the_job_once(
    call: Call, job: UUID, sqs: SQSClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Results.write

    def overtaken(self: Results, key: str, blocks: Iterator[bytes]) -> None:
        write(self, key, blocks)
        monkeypatch.setattr(Results, "write", write)
        assert call("finisher.json") == []

    monkeypatch.setattr(Results, "write", overtaken)
    assert call("finisher.json") == []
    assert found(connection).status == JobStatus.COMPLETED
    assert len(messages(sqs)) == 1


def test_a_failed_write_leaves_the_job_to_the_next_try(
    call: Call, job: UUID, s3: S3Client, connection: Connection
) -> None:
    s3.delete_bucket(Bucket="results")
    assert call("finisher.json") == ["1"]
    assert found(connection).status == JobStatus.FINALIZING
    assert deliveries.of_job(connection, JOB_ID) == []
    s3.create_bucket(Bucket="results")
    assert call("finisher.json") == []
    assert lines(result(s3)) == RESULT


def test_a_message_that_fails_does_not_keep_the_others(
    call: Call, job: UUID, s3: S3Client, connection: Connection, tenant_id: UUID
) -> None:
    finalizing(connection, tenant_id, s3, OTHER, data=b"name,images\nonly one row,x\n")
    assert call("finisher-mixed.json") == ["1", "2"]
    assert found(connection, OTHER).status == JobStatus.FINALIZING
    assert found(connection).status == JobStatus.COMPLETED


def test_a_job_that_is_unknown_is_nothing_to_do(call: Call) -> None:
    assert call("finisher.json") == []


def test_the_settings_are_those_of_the_environment() -> None:
    assert set(FinisherSettings.model_fields) == {
        "database_url",
        "database_secret_arn",
        "api_url",
        "uploads_bucket",
        "results_bucket",
        "deliveries_queue_url",
    }
