"""Cancelled jobs whose mark is missing: the request that cancelled them may have died before it."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from database import jobs
from database.connection import Database
from janitor.one_by_one import OneByOne
from janitor.rounds import TimeLeft
from pipeline import keys

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LATELY = timedelta(minutes=5)
"""Some rounds, in case one of them fails."""

JOBS = 200
"""Looked at in one round."""

IS_THERE = {409, 412}
"""S3's answers to a condition that does not hold: the object exists, or is just being written."""


@dataclass(frozen=True)
class Cancellations:
    """Marks them, so that the processor drops what is left of them."""

    database: Database
    s3: "S3Client"
    bucket: str
    logger: Logger

    def mark(self, time_left: TimeLeft) -> int:
        """Returns how many marks were missing; nearly always the request has put its own.

        Raises:
            JobsFailedError: some could not be marked.
        """
        cancelled = self.database.run(partial(jobs.cancelled_since, ago=LATELY, limit=JOBS))
        each = OneByOne(self.logger, time_left)
        marked = sum(each.made(self._put, cancelled))
        each.check()
        return marked

    def _put(self, job_id: UUID) -> bool:
        # On condition, because looking first would take the right to read.
        try:
            self.s3.put_object(
                Bucket=self.bucket, Key=keys.cancelled(job_id), Body=b"", IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in IS_THERE:
                return False
            raise
        return True
