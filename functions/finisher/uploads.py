"""The uploaded files in S3, read once more for their result."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from pipeline import keys
from pipeline.job import Job

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

CHUNK = 262_144
"""Bytes taken from the network at once."""


class Uploads:
    """The bucket they lie in."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def chunks(self, job: Job) -> Iterator[bytes]:
        """The bytes that ingest has read: those of its S3 version, whatever was uploaded since."""
        request: GetObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": keys.upload(job.job_id),
        }
        if job.source_version is not None:
            request["VersionId"] = job.source_version
        answer = self._client.get_object(**request)
        with closing(answer["Body"]) as body:
            yield from body.iter_chunks(CHUNK)
