"""What talks to S3 and SQS, against a server that takes the requests off the wire.

It is moto's. ``EDGES_ENDPOINT_URL=http://… pytest tests/edges`` asks another emulator instead.
"""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from api.storage import Storage
from pipeline import clients
from tests.moto_server import moto_server

__all__ = ["moto_server"]

LET_S3_SEND = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
    ],
}


@pytest.fixture
def endpoint_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The emulator's address, which boto3 is told as Lambda functions are told it there."""
    url: str = os.environ.get("EDGES_ENDPOINT_URL") or request.getfixturevalue("moto_server")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return url


@pytest.fixture
def s3(endpoint_url: str) -> S3Client:
    return clients.s3(clients.SHORT)


@pytest.fixture
def sqs(endpoint_url: str) -> SQSClient:
    return clients.sqs(clients.SHORT)


@pytest.fixture
def bucket(s3: S3Client) -> Iterator[str]:
    """A bucket that keeps versions, of this test alone."""
    name = f"edges-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield name
    listed = s3.list_object_versions(Bucket=name)
    for each in [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]:
        s3.delete_object(Bucket=name, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def storage(s3: S3Client, bucket: str) -> Storage:
    """The api function's view of that bucket."""
    return Storage(
        s3, signer=s3, uploads_bucket=bucket, results_bucket=bucket, images_bucket=bucket
    )


@pytest.fixture
def new_queue(sqs: SQSClient) -> Iterator[Callable[..., str]]:
    """Makes queues of this test alone; their URLs."""
    made: list[str] = []

    def make(**attributes: str) -> str:
        everything: Any = {"Policy": json.dumps(LET_S3_SEND), **attributes}
        answer = sqs.create_queue(QueueName=f"edges-{uuid.uuid4().hex}", Attributes=everything)
        made.append(answer["QueueUrl"])
        return made[-1]

    yield make
    for url in made:
        with suppress(ClientError):
            sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def queue(new_queue: Callable[..., str]) -> str:
    return new_queue()
