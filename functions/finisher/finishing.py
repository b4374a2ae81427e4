"""From outcomes to a result: the CSVs are written, then the job ends, exactly once."""

from dataclasses import dataclass
from uuid import UUID

from aws_lambda_powertools import Logger

from catalogue import failures, result
from catalogue.reader import Table
from database import csv_rows, deliveries, jobs
from database.connection import Connection, Database
from finisher.results import Results
from finisher.uploads import Uploads
from pipeline import keys
from pipeline.errors import FileErrorCode
from pipeline.figures import Figures
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
        """Writes the job's result and what failed, and completes it; a job that is not finalizing
        is left alone. One without a single good row has only failures, and is rejected.

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
            ended = self._end(connection, job)
            if ended is not None:
                _tell(ended)
            due = deliveries.claim_of_jobs(connection, [job_id])
        outbox.queue_due(due, self.deliveries)
        self._log("finished", job_id, ended=ended and ended.status)

    def _write(self, connection: Connection, job: Job) -> None:
        if _is_usable(job):
            rows = csv_rows.results(connection, job.job_id)
            self.results.write(
                keys.result(job.job_id, job.retries), result.written(self._table(job), rows)
            )
        failed = csv_rows.failed(connection, job.job_id) if _has_failures(job) else ()
        self.results.write(
            keys.failures(job.job_id, job.retries), failures.written(self._table(job), failed)
        )

    def _table(self, job: Job) -> Table:
        return Table(self.uploads.chunks(job))

    def _end(self, connection: Connection, job: Job) -> Job | None:
        """Returns the ended job, if it was this run that ended it."""
        with connection.transaction():
            now = jobs.lock(connection, job.job_id)
            if now is None or now.retries != job.retries:
                return None  # finished and retried meanwhile: this result is an old one
            if _is_usable(job):
                event = JobEvent.COMPLETED
                ended = jobs.move(connection, job.job_id, JobStatus.COMPLETED)
            else:
                event = JobEvent.REJECTED
                ended = jobs.move(
                    connection,
                    job.job_id,
                    JobStatus.REJECTED,
                    error=(FileErrorCode.NO_VALID_ROWS, _why_no_row(connection, job)),
                )
            if ended is None:
                return None
            body = bodies.body(ended, event, api_url=self.api_url)
            deliveries.open_delivery(connection, ended, event, body=body)
        return ended

    def _log(self, what: str, job_id: UUID, **more: object) -> None:
        self.logger.info(what, extra={"job_id": str(job_id), **more})


def _tell(ended: Job) -> None:
    figures = Figures()
    figures.add("Jobs", status=str(ended.status))
    if not ended.retries:  # whose time would be that until somebody asked for it
        figures.add("Rows", ended.rows_total)
        figures.add("RejectedRows", ended.rows_rejected)
        figures.add("JobTime", (ended.updated_at - ended.created_at).total_seconds())
    figures.write()


def _is_usable(job: Job) -> bool:
    return job.rows_rejected < job.rows_total


def _has_failures(job: Job) -> bool:
    return job.rows_rejected + job.images_failed > 0


def _why_no_row(connection: Connection, job: Job) -> str:
    first = next(csv_rows.failed(connection, job.job_id, chunk=1))
    return (
        f"None of the file's {job.rows_total:,} rows can be used. "
        f"Row {first.number}, {first.error_column}: {first.error_message}"
    )
