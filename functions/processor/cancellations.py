"""Which jobs their users have cancelled, without a database to ask."""

import time
from collections.abc import Callable, Iterable
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

    def among(self, job_ids: Iterable[UUID]) -> set[UUID]:
        """Those of the jobs that were cancelled. Of which that cannot be told, they were not; and
        once it cannot, no further ones are asked about: the images are not to wait for a bucket
        that is away."""
        cancelled = set()
        asking = True
        for job_id in dict.fromkeys(job_ids):
            known, until = self._known.get(job_id, (False, 0.0))
            if asking and not known and until <= self._clock():
                answer = self._ask(job_id)
                asking, known = answer is not None, bool(answer)
                self._know(job_id, cancelled=known)
            if known:
                cancelled.add(job_id)
        return cancelled

    def _know(self, job_id: UUID, *, cancelled: bool) -> None:
        if len(self._known) >= CAPACITY:
            self._known.clear()
        self._known[job_id] = (cancelled, self._clock() + BELIEVED)

    def _ask(self, job_id: UUID) -> bool | None:
        """Whether there is a mark; None if that cannot be told."""
        try:
            self._client.head_object(Bucket=self._bucket, Key=keys.cancelled(job_id))
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return False
            self._logger.exception("cancellation not known", extra={"job_id": str(job_id)})
            return None
        except BotoCoreError:
            self._logger.exception("cancellation not known", extra={"job_id": str(job_id)})
            return None
        return True
