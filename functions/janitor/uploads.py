"""Jobs whose CSV nobody has read: a notification was lost, ingest died, or nothing was uploaded."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from database import repairs
from database.connection import Database
from janitor.patience import AWAITED, STUCK, UPLOAD_MARGIN
from pipeline import keys
from pipeline.job import Job
from pipeline.messages import IngestUpload
from pipeline.queues import Queue
from pipeline.states import JobStatus

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

JOBS = 200
"""Looked at in one round."""


@dataclass(frozen=True)
class Uploads:
    """Sends them to ingest, or ends them."""

    database: Database
    s3: "S3Client"
    bucket: str
    queue: Queue

    def look_for_awaited(self) -> int:
        """Ingests what was uploaded unnoticed; expires what never came."""
        jobs = self.database.run(
            partial(
                repairs.claim_stuck,
                status=JobStatus.AWAITING_UPLOAD,
                patience=AWAITED,
                limit=JOBS,
            )
        )
        found = [upload for job in jobs if (upload := self._find(job))]
        self.queue.send(found)
        missing = {job.job_id for job in jobs} - {upload.job_id for upload in found}
        expired = self.database.run(
            partial(repairs.expire, job_ids=sorted(missing), margin=UPLOAD_MARGIN)
        )
        return len(found) + expired

    def repeat_ingests(self) -> int:
        """Of files that are half read, and of retries whose images are not all sent."""
        reading = self.database.run(
            partial(repairs.claim_stuck, status=JobStatus.INGESTING, patience=STUCK, limit=JOBS)
        )
        retried = self.database.run(partial(repairs.claim_unsent, patience=STUCK, limit=JOBS))
        return self.queue.send(
            IngestUpload(job_id=job.job_id, version_id=job.source_version)
            for job in [*reading, *retried]
        )

    def _find(self, job: Job) -> IngestUpload | None:
        try:
            head = self.s3.head_object(Bucket=self.bucket, Key=keys.upload(job.job_id))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        return IngestUpload(job_id=job.job_id, version_id=head.get("VersionId"))
