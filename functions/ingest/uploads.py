"""The uploaded files in S3."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NotRequired, TypedDict
from uuid import UUID

from botocore.exceptions import ClientError

from pipeline import keys

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 262_144
"""Bytes taken from the network at once."""


class UploadMissing(Exception):  # noqa: N818 (a fact about the upload)
    """There is no such object (yet): the message is ahead of it, or it has been deleted."""


class _Object(TypedDict):
    """What boto3 calls one version of an object."""

    Bucket: str
    Key: str
    VersionId: NotRequired[str]


@dataclass(frozen=True)
class Upload:
    """One version of an uploaded file. ``size`` in bytes; a bucket without versions knows none."""

    job_id: UUID
    size: int
    version_id: str | None


class Uploads:
    """The bucket they lie in."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def find(self, job_id: UUID, version_id: str | None) -> Upload:
        """That version of the job's upload, or the newest.

        Raises:
            UploadMissing: it is not there.
        """
        try:
            head = self._client.head_object(**self._object(job_id, version_id))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise UploadMissing(f"no upload of job {job_id}") from error
            raise
        return Upload(job_id, head["ContentLength"], head.get("VersionId", version_id))

    def chunks(self, upload: Upload) -> Iterator[bytes]:
        """Its bytes as they arrive."""
        answer = self._client.get_object(**self._object(upload.job_id, upload.version_id))
        with closing(answer["Body"]) as body:
            yield from body.iter_chunks(CHUNK)

    def _object(self, job_id: UUID, version_id: str | None) -> "_Object":
        of_version: _Object = {"Bucket": self._bucket, "Key": keys.upload(job_id)}
        if version_id is not None:
            of_version["VersionId"] = version_id
        return of_version
