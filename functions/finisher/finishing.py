"""From outcomes to a result: the CSV is written, then the job completes, exactly once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from aws_lambda_powertools import Logger

from catalogue import result
from catalogue.reader import Table
from database import deliveries, images, jobs
from database.connection import Connection, Database
from finisher.results import Results
from finisher.uploads import Uploads
from pipeline.job import Job
from pipeline.queues import Queue
from pipeline.states import JobEvent, JobStatus
from webhooks import bodies, outbox


@dataclass(frozen=True)
class Finishing:
    """Finishes jobs. ``api_url`` is where the links in webhooks lead."""

    database: Database
    uploads: Uploads
    results: Results
    deliveries: Queue
    api_url: str
    logger: Logger

    def run(self, job_id: UUID) -> None:
        """Writes the job's result and completes it; a job that is not finalizing is left alone.

        Raises:
            psycopg.Error, botocore's errors: the message is to come again; the result is then
                written afresh.
        """
        self.database.ping()
        with self.database.connection() as connection:
            job = jobs.get(connection, job_id)
            if job is None or job.status != JobStatus.FINALIZING:
                self._log("nothing to finish", job_id, status=job and job.status)
                return
            self._write(connection, job)
            completed = self._complete(connection, job_id)
            now = datetime.now(UTC)
            due = deliveries.claim_due(connection, now=now, job_ids=[job_id])
        outbox.queue_due(due, self.deliveries, now=now)
        self._log("finished", job_id, completed=completed)

    def _write(self, connection: Connection, job: Job) -> None:
        table = Table(self.uploads.chunks(job))
        outcomes = images.result_rows(connection, job.job_id)
        self.results.write(job.job_id, result.written(table, outcomes))

    def _complete(self, connection: Connection, job_id: UUID) -> bool:
        """Returns whether it was this run that completed the job."""
        with connection.transaction():
            job = jobs.move(connection, job_id, JobStatus.COMPLETED)
            if job is None:
                return False
            body = bodies.body(job, JobEvent.COMPLETED, api_url=self.api_url)
            deliveries.open_delivery(connection, job, JobEvent.COMPLETED, body=body)
        return True

    def _log(self, what: str, job_id: UUID, **more: object) -> None:
        self.logger.info(what, extra={"job_id": str(job_id), **more})
