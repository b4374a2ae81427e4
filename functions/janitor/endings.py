"""Jobs that should have ended: every image has its outcome, or no try will help any more."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from aws_lambda_powertools import Logger

from database import deliveries, giving_up, jobs, repairs
from database.connection import Connection, Database
from database.giving_up import GiveUpJob
from janitor.one_by_one import OneByOne
from janitor.patience import HOPELESS_AFTER, REPAIRS, RESULT, RESULT_HOPELESS_AFTER
from janitor.rounds import TimeLeft
from pipeline.errors import FileErrorCode
from pipeline.messages import FinishJob
from pipeline.queues import Queue
from pipeline.states import JobEvent, JobStatus
from webhooks import bodies

JOBS = 200
"""Looked at in one round."""

GIVEN_UP = (
    (
        GiveUpJob(JobStatus.INGESTING, idle=HOPELESS_AFTER, repairs=REPAIRS),
        "The file could not be read.",
    ),
    (
        GiveUpJob(JobStatus.FINALIZING, idle=RESULT_HOPELESS_AFTER, repairs=REPAIRS),
        "The result could not be written.",
    ),
)


@dataclass(frozen=True)
class Endings:
    """Sends them to the finisher, or ends them."""

    database: Database
    queue: Queue
    logger: Logger

    def close_counted(self, _time_left: TimeLeft) -> int:
        closed = self.database.run(partial(repairs.close_counted, limit=JOBS))
        return self.queue.send(FinishJob(job_id=job_id) for job_id in closed)

    def repeat(self, _time_left: TimeLeft) -> int:
        stuck = self.database.run(
            partial(repairs.claim_stuck, status=JobStatus.FINALIZING, patience=RESULT, limit=JOBS)
        )
        return self.queue.send(FinishJob(job_id=job.job_id) for job in stuck)

    def give_up(self, time_left: TimeLeft) -> int:
        """
        Raises:
            JobsFailedError: some could not be ended.
        """
        each = OneByOne(self.logger, time_left)
        rejected = 0
        for when, message in GIVEN_UP:
            found = self.database.run(partial(giving_up.find, when=when, limit=JOBS))
            reject = partial(self._reject, when=when, message=message)
            rejected += sum(each.made(reject, found))
        each.check()
        return rejected

    def _reject(self, job_id: UUID, *, when: GiveUpJob, message: str) -> bool:
        return self.database.run(partial(_reject, job_id=job_id, when=when, message=message))


def _reject(connection: Connection, job_id: UUID, when: GiveUpJob, message: str) -> bool:
    with connection.transaction():
        if not giving_up.lock(connection, job_id, when):
            return False  # it has got on since it was found
        error = (FileErrorCode.INTERNAL_ERROR.value, message)
        job = jobs.move(connection, job_id, JobStatus.REJECTED, error=error)
        if job is not None:
            # A rejected job links to nothing, so the API's address is not needed.
            body = bodies.body(job, JobEvent.REJECTED, api_url="")
            deliveries.open_delivery(connection, job, JobEvent.REJECTED, body=body)
    return job is not None
