"""Jobs that should have ended: every image has its outcome, or no try will help any more."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from database import deliveries, jobs, repairs
from database.connection import Connection, Database
from janitor.patience import HOPELESS_AFTER, REPAIRS, RESULT, RESULT_HOPELESS_AFTER
from pipeline.errors import FileErrorCode
from pipeline.messages import FinishJob
from pipeline.queues import Queue
from pipeline.states import JobEvent, JobStatus
from webhooks import bodies

JOBS = 200
"""Looked at in one round."""

HOPELESS = (
    (JobStatus.INGESTING, HOPELESS_AFTER, "The file could not be read."),
    (JobStatus.FINALIZING, RESULT_HOPELESS_AFTER, "The result could not be written."),
)


@dataclass(frozen=True)
class Endings:
    """Sends them to the finisher, or ends them."""

    database: Database
    queue: Queue

    def close_counted(self) -> int:
        closed = self.database.run(partial(repairs.close_counted, limit=JOBS))
        return self.queue.send(FinishJob(job_id=job_id) for job_id in closed)

    def repeat(self) -> int:
        stuck = self.database.run(
            partial(repairs.claim_stuck, status=JobStatus.FINALIZING, patience=RESULT, limit=JOBS)
        )
        return self.queue.send(FinishJob(job_id=job.job_id) for job in stuck)

    def give_up(self) -> int:
        return self.database.run(_reject_hopeless)


def _reject_hopeless(connection: Connection) -> int:
    rejected = 0
    for status, idle, message in HOPELESS:
        hopeless = repairs.hopeless(connection, status, idle=idle, repairs=REPAIRS, limit=JOBS)
        rejected += sum(_reject(connection, job_id, message) for job_id in hopeless)
    return rejected


def _reject(connection: Connection, job_id: UUID, message: str) -> bool:
    with connection.transaction():
        error = (FileErrorCode.INTERNAL_ERROR.value, message)
        job = jobs.move(connection, job_id, JobStatus.REJECTED, error=error)
        if job is not None:
            # A rejected job links to nothing, so the API's address is not needed.
            body = bodies.body(job, JobEvent.REJECTED, api_url="")
            deliveries.open_delivery(connection, job, JobEvent.REJECTED, body=body)
    return job is not None
