"""Finished jobs that were kept long enough. Their objects in S3 end by the buckets' lifecycle."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import psycopg
from aws_lambda_powertools import Logger

from database import retention
from database.connection import Database
from janitor.one_by_one import OneByOne
from janitor.rounds import TimeLeft

ROWS = 5_000
"""Deleted in one transaction, of each table."""

FEWEST_ROWS = 100
"""Below which it is no question of how many they are, if a statement takes too long."""


@dataclass(frozen=True)
class Retention:
    """``days`` counts from a job's end."""

    database: Database
    days: int
    logger: Logger

    def delete(self, time_left: TimeLeft) -> int:
        """Returns how many jobs are gone; a large one takes several rounds.

        Raises:
            JobsFailedError: some could not be deleted.
        """
        each = OneByOne(self.logger, time_left)
        passed: list[UUID] = []
        gone = 0
        while time_left() > 0:
            job_id = self.database.run(
                partial(retention.next_job, older_than=self._kept, besides=passed)
            )
            if job_id is None:
                break
            deleted = sum(each.made(partial(self._delete, time_left=time_left), [job_id]))
            if not deleted:
                passed.append(job_id)
            gone += deleted
        each.check()
        return gone

    @property
    def _kept(self) -> timedelta:
        return timedelta(days=self.days)

    def _delete(self, job_id: UUID, *, time_left: TimeLeft) -> int:
        """One job, in pieces; smaller ones where one takes too long. Whether it is gone."""
        limit = ROWS
        while time_left() > 0:
            delete = partial(
                retention.delete_some, job_id=job_id, older_than=self._kept, limit=limit
            )
            try:
                deleted = self.database.run(delete)
            except psycopg.errors.QueryCanceled:
                limit //= 4
                if limit < FEWEST_ROWS:
                    raise
                continue
            if deleted.jobs or not deleted.rows:
                return deleted.jobs
        return 0
