"""The janitor function over a real PostgreSQL and moto's S3 and SQS."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from janitor.handler import database as wired
from janitor.handler import janitor, settings
from tests.handlers.janitor.world import M


@pytest.fixture(autouse=True)
def environment(
    database_url: str, sqs: SQSClient, s3: S3Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    s3.create_bucket(Bucket="images")
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    for name in ("uploads", "images", "finished", "deliveries"):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        monkeypatch.setenv(f"{name.upper()}_QUEUE_URL", url)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("UPLOADS_BUCKET", "uploads")
    monkeypatch.setenv("IMAGES_BUCKET", "images")
    monkeypatch.setenv("RETENTION_DAYS", "90")
    # A logger lives as long as the process, and writes to the stdout it began with.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"janitor-{uuid4()}")
    for cached in (settings, wired, janitor):
        cached.cache_clear()
    yield
    wired().close()
    for cached in (settings, wired, janitor):
        cached.cache_clear()


@pytest.fixture
def sent(sqs: SQSClient) -> Callable[[str, type[M]], list[M]]:
    """Takes what is on a queue."""

    def receive(queue: str, kind: type[M]) -> list[M]:
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        found: list[M] = []
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [kind.model_validate_json(each["Body"]) for each in batch]
            for each in batch:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found

    return receive
