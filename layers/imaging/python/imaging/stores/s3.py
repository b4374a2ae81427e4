"""A bucket as the store."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from imaging.stores import CompressedImage
from pipeline import keys
from pipeline.errors import ImageErrorCode, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CACHE_CONTROL = "public, max-age=31536000, immutable"
"""A key's bytes never change once a job has shown them."""


class S3Store:
    """A bucket behind a public address.

    Args:
        client: a boto3 S3 client with room for as many connections as there are threads. Its own
            time limits and retries bound a ``put``.
        url: the public address that serves the bucket, without a trailing slash.
    """

    def __init__(self, client: "S3Client", *, bucket: str, url: str) -> None:
        self._client = client
        self._bucket = bucket
        self._url = url

    def admit(self) -> None:
        """As ``Store.admit``: there is nothing to know beforehand."""

    def put(self, image: CompressedImage, *, patience: float) -> str:  # noqa: ARG002 (the client's)
        """As ``Store.put``. boto3 has tried several times when this raises."""
        key = keys.image(image.job_id, image.position, image.extension)
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=image.data,
                ContentType=image.content_type,
                CacheControl=CACHE_CONTROL,
            )
        except (ClientError, BotoCoreError) as error:
            raise TransientError(
                ImageErrorCode.STORAGE_ERROR, "The compressed image could not be stored."
            ) from error
        return f"{self._url}/{key}"
