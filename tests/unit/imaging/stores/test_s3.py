"""Keeping images in a bucket, against moto's S3."""

from uuid import UUID

import boto3
import pytest
from botocore.config import Config
from mypy_boto3_s3 import S3Client

from imaging.stores import CompressedImage
from imaging.stores.s3 import S3Store
from pipeline.errors import ImageErrorCode, TransientError

JOB = UUID(int=2)
KEY = f"images/{JOB}/0.jpg"


def image(data: bytes = b"picture") -> CompressedImage:
    return CompressedImage(
        tenant_id=UUID(int=1),
        job_id=JOB,
        position=0,
        data=data,
        extension="jpg",
        content_type="image/jpeg",
    )


def test_an_image_is_kept_for_good_under_its_key(s3: S3Client) -> None:
    s3.create_bucket(Bucket="images")
    store = S3Store(s3, bucket="images", url="https://images.example")
    store.admit()
    assert store.put(image(), patience=9) == f"https://images.example/{KEY}"
    stored = s3.get_object(Bucket="images", Key=KEY)
    assert stored["Body"].read() == b"picture"
    assert stored["ContentType"] == "image/jpeg"
    assert stored["CacheControl"] == "public, max-age=31536000, immutable"


def test_the_same_key_is_replaced(s3: S3Client) -> None:
    s3.create_bucket(Bucket="images")
    store = S3Store(s3, bucket="images", url="https://images.example")
    for data in (b"first", b"second"):
        store.put(image(data), patience=9)
    assert s3.get_object(Bucket="images", Key=KEY)["Body"].read() == b"second"


def test_a_bucket_that_refuses_is_tried_again_later(s3: S3Client) -> None:
    with pytest.raises(TransientError) as caught:
        S3Store(s3, bucket="nowhere", url="").put(image(), patience=9)
    assert caught.value.code == ImageErrorCode.STORAGE_ERROR
    assert "nowhere" not in caught.value.message


def test_a_store_that_cannot_be_reached_is_tried_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:9",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(TransientError):
        S3Store(client, bucket="images", url="").put(image(), patience=9)
