"""The CSVs in S3 that are made of a job: its result, and the rows that failed."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART = 8_388_608
"""Bytes in a part. S3 wants at least 5 MiB in each but the last and at most 10,000 parts: a result
may grow to 80 GB, and one part is all that is kept in memory."""

CONTENT_TYPE = "text/csv; charset=utf-8"


class Results:
    """The bucket they lie in. Writing one again replaces it: it is the same again."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, key: str, blocks: Iterable[bytes]) -> None:
        """Stores a CSV as its blocks come, whole or not at all."""
        parts = in_parts(blocks)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=first, ContentType=CONTENT_TYPE
            )
        else:
            self._write_parts(key, first, second, parts)

    def _write_parts(self, key: str, first: bytes, second: bytes, rest: Iterator[bytes]) -> None:
        upload_id = self._client.create_multipart_upload(
            Bucket=self._bucket, Key=key, ContentType=CONTENT_TYPE
        )["UploadId"]
        try:
            done = [
                self._part(key, upload_id, n, part) for n, part in enumerate((first, second), 1)
            ]
            done += [self._part(key, upload_id, n, part) for n, part in enumerate(rest, 3)]
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": done},
            )
        except BaseException:
            # What is left of an upload costs until it is aborted.
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)
            raise

    def _part(self, key: str, upload_id: str, number: int, body: bytes) -> "CompletedPartTypeDef":
        answer = self._client.upload_part(
            Bucket=self._bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body
        )
        return {"PartNumber": number, "ETag": answer["ETag"]}


def in_parts(blocks: Iterable[bytes], size: int = PART) -> Iterator[bytes]:
    """The same bytes in parts of at least ``size``, the last one of what is left."""
    part = bytearray()
    for block in blocks:
        part += block
        if len(part) >= size:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)
