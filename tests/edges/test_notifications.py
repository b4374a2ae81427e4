"""What S3 tells a queue of a new upload, and what ingest understands of it."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from api.storage import Storage
from ingest.notices import announced
from pipeline import keys
from pipeline.messages import IngestUpload

CSV = b"name,images\n"

Arrived = Callable[[int], list[IngestUpload]]


@pytest.fixture
def arrived(s3: S3Client, sqs: SQSClient, bucket: str, queue: str) -> Arrived:
    """The first uploads that were told of, by a bucket with the notifications that the stack has;
    S3's first message, which announces nothing, is not counted."""
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    rules = [{"Name": "prefix", "Value": "uploads/"}, {"Name": "suffix", "Value": ".csv"}]
    uploads: Any = {
        "QueueArn": arn["Attributes"]["QueueArn"],
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": rules}},
    }
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [uploads]}
    )

    def read(count: int) -> list[IngestUpload]:
        found: list[IngestUpload] = []
        deadline = time.monotonic() + 60
        while len(found) < count:
            assert time.monotonic() < deadline, found
            answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for each in answer.get("Messages", []):
                found += announced(each["Body"])
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        return found

    return read


def by_form(storage: Storage, job_id: UUID) -> None:
    url, fields = storage.presigned_upload(job_id)
    requests.post(url, data=fields, files={"file": CSV}, timeout=60).raise_for_status()


def by_the_api(storage: Storage, job_id: UUID) -> None:
    storage.put_upload(job_id, CSV)


@pytest.mark.parametrize("way", [by_form, by_the_api], ids=["by form", "by the api"])
def test_an_upload_is_told_to_ingest(
    storage: Storage,
    s3: S3Client,
    bucket: str,
    arrived: Arrived,
    way: Callable[[Storage, UUID], None],
) -> None:
    job_id = uuid4()
    way(storage, job_id)
    [upload] = arrived(1)
    assert upload.job_id == job_id
    newest = s3.head_object(Bucket=bucket, Key=keys.upload(job_id)).get("VersionId")
    assert upload.version_id in (None, newest)  # a notification may leave the version out


def test_other_objects_are_not_told(
    storage: Storage, s3: S3Client, bucket: str, arrived: Arrived
) -> None:
    job_id = uuid4()
    for key in (f"results/{uuid4()}.csv", f"uploads/{uuid4()}.txt"):
        s3.put_object(Bucket=bucket, Key=key, Body=CSV)
    storage.put_upload(job_id, CSV)
    assert [upload.job_id for upload in arrived(1)] == [job_id]


def test_each_version_is_told(storage: Storage, arrived: Arrived) -> None:
    job_id = uuid4()
    for _ in range(2):
        storage.put_upload(job_id, CSV)
    assert [upload.job_id for upload in arrived(2)] == [job_id, job_id]
