"""Where compressed images are kept and served from."""

from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import ImageErrorCode, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CACHE_CONTROL = "public, max-age=31536000, immutable"
"""A key's bytes never change once a job has shown them."""


class Store(Protocol):
    """Keeps an image for good."""

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Stores ``data`` under ``key``, replacing what was there.

        Returns:
            the public URL.

        Raises:
            TransientError: ``storage_error``.
        """
        ...


class S3Store:
    """A bucket behind a public address.

    Args:
        client: a boto3 S3 client with room for as many connections as there are threads.
        url: the public address that serves the bucket, without a trailing slash.
    """

    def __init__(self, client: "S3Client", *, bucket: str, url: str) -> None:
        self._client = client
        self._bucket = bucket
        self._url = url

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """As ``Store.put``. boto3 has tried several times when this raises."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=data,
                ContentType=content_type,
                CacheControl=CACHE_CONTROL,
            )
        except (ClientError, BotoCoreError) as error:
            raise TransientError(
                ImageErrorCode.STORAGE_ERROR, "The compressed image could not be stored."
            ) from error
        return f"{self._url}/{key}"
