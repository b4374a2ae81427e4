"""Work on several jobs, of which one that fails holds up no other."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import psycopg
from aws_lambda_powertools import Logger

from janitor.rounds import TimeLeft

Item = TypeVar("Item")
Made = TypeVar("Made")


class JobsFailedError(Exception):
    """The work failed for some jobs, which the log names; the others are done."""


class OneByOne:
    """Does a piece of work for each of several jobs, as long as there is time."""

    def __init__(self, logger: Logger, time_left: TimeLeft) -> None:
        self.failed: list[str] = []
        self._logger = logger
        self._time_left = time_left

    def made(self, work: Callable[[Item], Made], jobs: Iterable[Item]) -> Iterator[Made]:
        """What the work makes of each job, but for those that fail.

        Raises:
            psycopg.OperationalError: PostgreSQL is away, for all of them.
        """
        for job in jobs:
            if self._time_left() <= 0:
                return
            try:
                made = work(job)
            except Exception as error:
                if _is_away(error):
                    raise
                self._logger.exception("duty failed for a job", extra={"job": str(job)})
                self.failed.append(str(job))
            else:
                yield made

    def check(self) -> None:
        """
        Raises:
            JobsFailedError: the work failed for some.
        """
        if self.failed:
            raise JobsFailedError(", ".join(self.failed))


def _is_away(error: Exception) -> bool:
    given_up = isinstance(error, psycopg.errors.QueryCanceled)
    return isinstance(error, psycopg.OperationalError) and not given_up
