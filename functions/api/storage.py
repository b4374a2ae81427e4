"""S3: the CSVs that users send in and get back, and the marks of cancelled jobs."""

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from api.errors import StorageUnavailable
from api.limits import DOWNLOAD_LIFETIME, LARGEST_UPLOAD, UPLOAD_LIFETIME
from pipeline import keys

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CSV = "text/csv"

BIDIRECTIONAL = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Unicode's controls of writing direction (UAX 9): with one, ``a<RLO>vsc.exe`` looks like a CSV."""


class Storage:
    """The buckets.

    Args:
        client: stores objects; as ``pipeline.clients.s3`` makes it.
        signer: the same, or another where clients find S3 elsewhere than this function does: the
            addresses that it signs name its host.
    """

    def __init__(
        self,
        client: "S3Client",
        *,
        signer: "S3Client",
        uploads_bucket: str,
        results_bucket: str,
        images_bucket: str,
    ) -> None:
        self._client = client
        self._signer = signer
        self._uploads = uploads_bucket
        self._results = results_bucket
        self._images = images_bucket

    def presigned_upload(self, job_id: UUID) -> tuple[str, Mapping[str, str]]:
        """URL and form fields that let a client send the job's CSV, and nothing else, to S3: the
        key, the type and the size are bound by the signature."""
        form = self._signer.generate_presigned_post(
            Bucket=self._uploads,
            Key=keys.upload(job_id),
            Fields={"Content-Type": CSV},
            Conditions=[
                {"Content-Type": CSV},
                ["content-length-range", 1, LARGEST_UPLOAD],
            ],
            ExpiresIn=int(UPLOAD_LIFETIME.total_seconds()),
        )
        return form["url"], form["fields"]

    def put_upload(self, job_id: UUID, content: bytes) -> None:
        """Stores the job's CSV, which sets the pipeline going.

        Raises:
            StorageUnavailable: S3 did not take it.
        """
        self._put(self._uploads, keys.upload(job_id), content)

    def mark_cancelled(self, job_id: UUID) -> None:
        """Lets the processor drop what is left of the job.

        Raises:
            StorageUnavailable: S3 did not take it.
        """
        self._put(self._images, keys.cancelled(job_id), b"")

    def _put(self, bucket: str, key: str, content: bytes) -> None:
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=content, ContentType=CSV)
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable from error

    def origins(self) -> tuple[str, ...]:
        """Where browsers send CSVs to and get them from: scheme and host of each bucket."""
        parameters = {"Bucket": self._results, "Key": "-"}
        addresses = (
            self._signer.generate_presigned_post(Bucket=self._uploads, Key="-")["url"],
            self._signer.generate_presigned_url("get_object", Params=parameters),
        )
        split = (urlsplit(address) for address in addresses)
        return tuple(dict.fromkeys(f"{parts.scheme}://{parts.netloc}" for parts in split))

    def download_url(self, key: str, *, filename: str | None, suffix: str) -> str:
        """A short-lived address of a CSV in the results bucket.

        Args:
            filename: of the CSV that was sent in; the file is saved under a name made from it.
        """
        return self._signer.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._results,
                "Key": key,
                "ResponseContentType": f"{CSV}; charset=utf-8",
                "ResponseContentDisposition": attachment(download_name(filename, suffix)),
            },
            ExpiresIn=int(DOWNLOAD_LIFETIME.total_seconds()),
        )


def download_name(filename: str | None, suffix: str) -> str:
    """``products.csv`` becomes ``products-result.csv``. Folders are left out, and what would turn
    the name around on a screen."""
    name = BIDIRECTIONAL.sub("", re.split(r"[/\\]", filename or "")[-1])
    stem = re.sub(r"\.(csv|tsv|txt)$", "", name, flags=re.IGNORECASE)
    return f"{stem or 'darkroom'}-{suffix}.csv"


def attachment(filename: str) -> str:
    """A Content-Disposition by RFC 6266: plain ASCII for old clients, UTF-8 for the others."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r"[^\w .()-]", "_", plain)
    disposition = f'attachment; filename="{plain}"'
    if plain != filename:
        disposition += f"; filename*=UTF-8''{quote(filename, safe='')}"
    return disposition
