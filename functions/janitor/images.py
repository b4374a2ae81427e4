"""Images that nobody works on: their messages, or the reports of them, were lost."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

import psycopg
from aws_lambda_powertools import Logger

from database import giving_up, repairs
from database.connection import Database
from database.giving_up import GiveUpImages
from database.repairs import JobFailedError
from janitor.one_by_one import JobsFailedError, OneByOne
from janitor.patience import HOPELESS_AFTER, MESSAGES_KEPT, REPAIRS, STUCK
from janitor.rounds import TimeLeft
from pipeline.messages import ProcessImage
from pipeline.queues import Queue

PAGE = 2_000
"""Images claimed and sent at a time."""

PIECE = 5_000
"""Images failed in one transaction, a quarter of a second of work for PostgreSQL."""

SMALLEST_PIECE = 100
"""Below which it is no question of how many they are, if a statement takes too long."""

JOBS = 100


@dataclass(frozen=True)
class Images:
    """Sends them to the processor again, and fails them in the end."""

    database: Database
    queue: Queue
    logger: Logger

    def repeat(self, time_left: TimeLeft) -> int:
        """
        Raises:
            JobsFailedError: it failed for some jobs.
        """
        backlog = self.queue.depth()
        failed: list[UUID] = []
        sent = 0
        while time_left() > 0:
            claim = partial(
                repairs.claim_pending_images,
                patience=STUCK,
                backlog=backlog,
                limit=PAGE,
                besides=failed,
            )
            try:
                claimed = self.database.run(claim)
            except JobFailedError as error:
                self.logger.exception("duty failed for a job", extra={"job": str(error.job_id)})
                failed.append(error.job_id)
                continue
            if claimed is None:
                break
            job, page = claimed
            sent += self.queue.send(
                ProcessImage(
                    tenant_id=job.tenant_id,
                    job_id=job.job_id,
                    position=each.position,
                    url=each.url,
                    options=job.options,
                    retry=job.retries,
                    product=each.product,
                )
                for each in page
            )
        if failed:
            raise JobsFailedError(", ".join(map(str, failed)))
        return sent

    def give_up(self, time_left: TimeLeft) -> int:
        """A job all of whose images have failed or succeeded is closed by the duty after this.

        Raises:
            JobsFailedError: it failed for some jobs.
        """
        when = GiveUpImages(
            idle=HOPELESS_AFTER,
            repairs=REPAIRS,
            backlog=self.queue.depth(),
            longest=MESSAGES_KEPT,
        )
        found = self.database.run(partial(giving_up.find, when=when, limit=JOBS))
        each = OneByOne(self.logger, time_left)
        fail = partial(self._fail_pending, when=when, time_left=time_left)
        failed = sum(each.made(fail, found))
        each.check()
        return failed

    def _fail_pending(self, job_id: UUID, *, when: GiveUpImages, time_left: TimeLeft) -> int:
        """Of one job, in pieces; smaller ones where one takes too long."""
        failed, limit = 0, PIECE
        while time_left() > 0:
            fail = partial(giving_up.fail_pending, job_id=job_id, when=when, limit=limit)
            try:
                piece = self.database.run(fail)
            except psycopg.errors.QueryCanceled:
                limit //= 4
                if limit < SMALLEST_PIECE:
                    raise
                continue
            failed += piece
            if piece < limit:
                break
        return failed
