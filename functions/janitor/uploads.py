"""Jobs whose CSV nobody has read: a notification was lost, ingest died, or nothing was uploaded."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from database import repairs
from database.connection import Database
from janitor.one_by_one import OneByOne
from janitor.patience import AWAITED, STUCK, UPLOAD_MARGIN
from janitor.rounds import TimeLeft
from pipeline import keys
from pipeline.messages import IngestUpload
from pipeline.queues import Queue
from pipeline.states import JobStatus

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOOKED_FOR = 20
"""Uploads looked for at a time: what is claimed and not looked for, for want of time, waits."""

JOBS = 200
"""Claimed in one round."""


@dataclass(frozen=True)
class Uploads:
    """Sends them to ingest, or ends them."""

    database: Database
    s3: "S3Client"
    bucket: str
    queue: Queue
    logger: Logger

    def look_for_awaited(self, time_left: TimeLeft) -> int:
        """Ingests what was uploaded unnoticed; expires what never came.

        Raises:
            JobsFailedError: it is not known of some whether they came.
        """
        each = OneByOne(self.logger, time_left)
        done = 0
        while time_left() > 0:
            awaited = self.database.run(
                partial(
                    repairs.claim_stuck,
                    status=JobStatus.AWAITING_UPLOAD,
                    patience=AWAITED,
                    limit=LOOKED_FOR,
                )
            )
            looks = [*each.made(self._look, [job.job_id for job in awaited])]
            found = [upload for _, upload in looks if upload]
            self.queue.send(found)
            missing = [job_id for job_id, upload in looks if not upload]
            expired = self.database.run(
                partial(repairs.expire, job_ids=missing, margin=UPLOAD_MARGIN)
            )
            done += len(found) + expired
            if len(awaited) < LOOKED_FOR:
                break
        each.check()
        return done

    def repeat_ingests(self, _time_left: TimeLeft) -> int:
        """Of files that are half read, and of retries whose images are not all sent."""
        reading = self.database.run(
            partial(repairs.claim_stuck, status=JobStatus.INGESTING, patience=STUCK, limit=JOBS)
        )
        retried = self.database.run(partial(repairs.claim_unsent, patience=STUCK, limit=JOBS))
        return self.queue.send(
            IngestUpload(job_id=job.job_id, version_id=job.source_version)
            for job in [*reading, *retried]
        )

    def _look(self, job_id: UUID) -> tuple[UUID, IngestUpload | None]:
        try:
            head = self.s3.head_object(Bucket=self.bucket, Key=keys.upload(job_id))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return job_id, None
            raise
        return job_id, IngestUpload(job_id=job_id, version_id=head.get("VersionId"))
