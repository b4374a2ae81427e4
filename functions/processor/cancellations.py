"""Which jobs their users have cancelled, without a database to ask."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from pipeline import keys

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BELIEVED = 10.0
"""Seconds that an answer counts. A job of many images then costs next to nothing to ask about, and
a cancelled one ends this much later."""

CAPACITY = 1_000
"""Jobs remembered at once."""

ABSENT = {"403", "404"}
"""S3 says "forbidden" of what is not there to those who may not list."""


class Cancellations:
    """Asks the bucket of images for the mark that the api leaves there (``keys.cancelled``)."""

    def __init__(
        self,
        client: "S3Client",
        bucket: str,
        logger: Logger,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._logger = logger
        self._clock = clock
        self._known: dict[UUID, tuple[bool, float]] = {}

    def has(self, job_id: UUID) -> bool:
        """Whether the job was cancelled. If that cannot be told, it was not."""
        cancelled, until = self._known.get(job_id, (False, 0.0))
        if not cancelled and until <= self._clock():
            cancelled = self._ask(job_id)
            if len(self._known) >= CAPACITY:
                self._known.clear()
            self._known[job_id] = (cancelled, self._clock() + BELIEVED)
        return cancelled

    def _ask(self, job_id: UUID) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=keys.cancelled(job_id))
        except ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                self._logger.exception("cancellation not known", extra={"job_id": str(job_id)})
            return False
        except BotoCoreError:
            self._logger.exception("cancellation not known", extra={"job_id": str(job_id)})
            return False
        return True
