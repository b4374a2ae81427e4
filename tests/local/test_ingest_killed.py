"""Ingest of 100,000 rows, ended as the kernel ends a process, three times on the way."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import boto3
import pytest
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from database import deliveries, jobs
from database.connection import Connection
from ingest import chunks
from localcloud.emulator import Emulator
from localcloud.processes import free_port
from pipeline import keys
from pipeline.job import Job
from pipeline.messages import IngestUpload, ProcessImage
from pipeline.options import ImageOptions
from pipeline.states import JobStatus

ROOT = Path(__file__).parents[2]
ROWS = 100_000
ROWS_OF_AN_IMAGE = 100
IMAGES = ROWS // ROWS_OF_AN_IMAGE
KILLED_AT = (0.15, 0.5, 0.85)
"""Shares of the rows that are stored by then, or a chunk more."""

QUEUES = ("uploads", "images", "finished", "deliveries")

# The function's own handler, in a process of its own.
INVOCATION = """
import json, sys
from ingest.handler import handler

class Context:
    def get_remaining_time_in_millis(self):
        return 900_000

sys.exit(len(handler(json.load(sys.stdin), Context())["batchItemFailures"]))
"""


@pytest.fixture
def emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    emulator = Emulator(ROOT, tmp_path, port=free_port())
    emulator.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield emulator
    emulator.stop()


@pytest.fixture
def job(
    emulator: Emulator,
    connection: Connection,
    database_url: str,
    tenant_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> Job:
    """A job whose CSV has been uploaded, and all that ingest needs."""
    s3: S3Client = boto3.client("s3")
    sqs: SQSClient = boto3.client("sqs")
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    environment = {
        "DATABASE_URL": database_url,
        "API_URL": "https://api.example",
        "UPLOADS_BUCKET": "uploads",
        "POWERTOOLS_LOG_LEVEL": "WARNING",
        **{
            f"{name.upper()}_QUEUE_URL": sqs.create_queue(QueueName=name)["QueueUrl"]
            for name in QUEUES
        },
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    job = jobs.create(
        connection,
        tenant_id=tenant_id,
        filename="table.csv",
        webhook_url="https://shop.example/hook",
        options=ImageOptions(),
        upload_lifetime=timedelta(minutes=15),
    )
    lines = (f"Product {n},{url(n // ROWS_OF_AN_IMAGE)}\r\n" for n in range(ROWS))
    body = "".join(["name,images\r\n", *lines]).encode()
    s3.put_object(Bucket="uploads", Key=keys.upload(job.job_id), Body=body)
    return job


def url(position: int) -> str:
    return f"https://shop.example/{position}.jpg"


def invoke(job: Job) -> subprocess.Popen[str]:
    body = IngestUpload(job_id=job.job_id).model_dump_json(exclude_none=True)
    record = {
        "messageId": "1",
        "receiptHandle": "1",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
    }
    process = subprocess.Popen(
        [sys.executable, "-c", INVOCATION], stdin=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"Records": [record]}))
    process.stdin.close()
    return process


def kill_at(process: subprocess.Popen[str], rows: int, connection: Connection, job: Job) -> int:
    """Kills it once so many rows are stored, wherever it is then; returns how many there are.

    The job's row is held meanwhile, so that a quick machine does not get past the end.
    """
    while process.poll() is None:
        with connection.transaction():
            now = jobs.lock(connection, job.job_id)
            if now is not None and now.rows_total >= rows:
                os.kill(process.pid, signal.SIGKILL)
                assert process.wait() == -signal.SIGKILL
                return now.rows_total
    raise AssertionError("it ended before it was killed")


def positions_sent() -> Counter[int]:
    sqs: SQSClient = boto3.client("sqs")
    sent: Counter[int] = Counter()
    while batch := sqs.receive_message(
        QueueUrl=os.environ["IMAGES_QUEUE_URL"], MaxNumberOfMessages=10, VisibilityTimeout=600
    ).get("Messages"):
        sent.update(ProcessImage.model_validate_json(each["Body"]).position for each in batch)
    return sent


def test_no_row_is_lost_or_doubled_and_every_image_is_sent(
    job: Job, connection: Connection
) -> None:
    killed_at = [kill_at(invoke(job), round(ROWS * share), connection, job) for share in KILLED_AT]
    assert killed_at == sorted(set(killed_at))  # each went on where the one before it ended
    assert invoke(job).wait() == 0

    now = jobs.get(connection, job.job_id)
    assert now is not None
    assert (now.status, now.rows_total, now.rows_rejected) == (JobStatus.PROCESSING, ROWS, 0)
    assert (now.images_total, now.images_queued) == (IMAGES, IMAGES)
    rows = connection.execute(
        "SELECT row_number, image_positions FROM csv_rows WHERE job_id = %s ORDER BY row_number",
        [job.job_id],
    ).fetchall()
    assert rows == [(n + 1, [n // ROWS_OF_AN_IMAGE]) for n in range(ROWS)]
    images = connection.execute(
        "SELECT position, url FROM images WHERE job_id = %s ORDER BY position", [job.job_id]
    ).fetchall()
    assert images == [(n, url(n)) for n in range(IMAGES)]
    assert [each.event for each in deliveries.of_job(connection, job.job_id)] == ["job.processing"]

    sent = positions_sent()
    assert sorted(sent) == list(range(IMAGES))
    # What was under way when it was killed may be sent twice: a chunk each time, or two.
    doubled = sum(sent.values()) - IMAGES
    assert doubled <= len(KILLED_AT) * 2 * chunks.ROWS // ROWS_OF_AN_IMAGE
