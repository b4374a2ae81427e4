"""Images on their way into a bucket, and the marks of cancelled jobs beside them."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from aws_lambda_powertools import Logger
from mypy_boto3_s3 import S3Client

from api.storage import Storage
from imaging.stores import CompressedImage
from imaging.stores.s3 import CACHE_CONTROL, S3Store
from janitor.cancellations import Cancellations as JanitorCancellations
from pipeline import clients, keys
from pipeline.errors import ImageErrorCode, TransientError
from processor.cancellations import Cancellations

PICTURE = bytes(range(256)) * 50


def image(job_id: UUID, data: bytes = PICTURE) -> CompressedImage:
    return CompressedImage(
        tenant_id=uuid4(),
        job_id=job_id,
        position=7,
        data=data,
        extension="webp",
        content_type="image/webp",
    )


def marks(s3: S3Client, bucket: str) -> Cancellations:
    return Cancellations(s3, bucket, Logger(service="edges"))


@pytest.fixture
def open_bucket(s3: S3Client, bucket: str) -> str:
    """A bucket that everybody may read, as that of the images is on the local cloud."""
    s3.put_bucket_policy(
        Bucket=bucket,
        Policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", '
        f'"Action": "s3:GetObject", "Resource": "arn:aws:s3:::{bucket}/*"}}]}}',
    )
    return bucket


def test_an_image_is_served_at_its_address_as_what_it_is(
    s3: S3Client, open_bucket: str, endpoint_url: str
) -> None:
    store = S3Store(s3, bucket=open_bucket, url=f"{endpoint_url}/{open_bucket}")
    answer = requests.get(store.put(image(uuid4()), patience=30), timeout=60)
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == CACHE_CONTROL


def test_an_image_stored_again_replaces_the_first(
    s3: S3Client, open_bucket: str, endpoint_url: str
) -> None:
    store = S3Store(s3, bucket=open_bucket, url=f"{endpoint_url}/{open_bucket}")
    job_id = uuid4()
    first = store.put(image(job_id, b"first"), patience=30)
    assert store.put(image(job_id, b"second"), patience=30) == first
    assert requests.get(first, timeout=60).content == b"second"


def test_a_bucket_that_is_gone_is_an_error_that_may_pass(s3: S3Client) -> None:
    store = S3Store(s3, bucket=f"edges-{uuid4().hex}", url="https://cdn.example")
    with pytest.raises(TransientError) as raised:
        store.put(image(uuid4()), patience=30)
    assert raised.value.code is ImageErrorCode.STORAGE_ERROR


def test_a_server_that_is_away_is_an_error_that_may_pass() -> None:
    client = clients.s3(clients.OPTIONAL, endpoint_url="http://127.0.0.1:1")
    store = S3Store(client, bucket="images", url="https://cdn.example")
    with pytest.raises(TransientError):
        store.put(image(uuid4()), patience=30)


def test_the_processor_sees_the_mark_that_the_api_leaves(
    storage: Storage, s3: S3Client, bucket: str
) -> None:
    cancelled, going_on = uuid4(), uuid4()
    storage.mark_cancelled(cancelled)
    assert marks(s3, bucket).among([cancelled, going_on]) == {cancelled}


def test_the_janitor_leaves_a_mark_only_where_there_is_none(s3: S3Client, bucket: str) -> None:
    """By a condition on the write: looking first would take the right to read."""
    job_id = uuid4()
    no_database: Any = None
    janitor = JanitorCancellations(no_database, s3, bucket, Logger(service="edges"))
    assert janitor._put(job_id) is True
    assert janitor._put(job_id) is False
    assert marks(s3, bucket).among([job_id]) == {job_id}
    listed = s3.list_object_versions(Bucket=bucket, Prefix=keys.cancelled(job_id))
    assert len(listed["Versions"]) == 1
