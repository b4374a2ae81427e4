"""Cancelled jobs whose mark is missing: the request that cancelled them may have died before it."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from database import jobs
from database.connection import Database
from pipeline import keys

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LATELY = timedelta(minutes=5)
"""Some rounds; a mark that is there is put there again, which changes nothing."""


@dataclass(frozen=True)
class Cancellations:
    """Marks them, so that the processor drops what is left of them."""

    database: Database
    s3: "S3Client"
    bucket: str

    def mark(self) -> int:
        cancelled = self.database.run(partial(jobs.cancelled_since, ago=LATELY))
        for job_id in cancelled:
            self.s3.put_object(Bucket=self.bucket, Key=keys.cancelled(job_id), Body=b"")
        return len(cancelled)
