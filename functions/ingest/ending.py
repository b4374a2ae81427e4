"""The end of an ingest: the job goes on to be processed, or it is rejected whole."""

from dataclasses import dataclass
from uuid import UUID

from database import deliveries, jobs
from database.connection import Connection
from pipeline.errors import FileError, FileErrorCode
from pipeline.figures import Figures
from pipeline.job import Job
from pipeline.messages import FinishJob
from pipeline.queues import Queue
from pipeline.states import JobEvent, JobStatus
from webhooks import bodies, outbox


@dataclass(frozen=True)
class Ending:
    """Moves jobs on and tells whom it concerns.

    The move and its webhook are one transaction. The messages that follow it are hints: should they
    be lost with a crash, the janitor makes them again.

    Attributes:
        finished, deliveries: the finisher's queue and the notifier's.
        api_url: where the links in webhooks lead.
    """

    finished: Queue
    deliveries: Queue
    api_url: str

    def process(self, connection: Connection, job_id: UUID, *, rows: int) -> bool:
        """Leaves a job to the processor: its file is stored and its images are on the queue.

        A job all of whose rows are rejected goes straight on to the finisher, which writes them
        down for the user and rejects it.

        Args:
            rows: how many the file has.

        Returns:
            whether the job moved; if not, another run is ahead.

        Raises:
            FileError: the file has no rows.
        """
        with connection.transaction():
            job = jobs.lock(connection, job_id)
            if job is None or job.status != JobStatus.INGESTING or job.rows_total != rows:
                return False
            if not job.rows_total:
                raise FileError(FileErrorCode.NO_VALID_ROWS, "The file has a header but no rows.")
            jobs.note_queued(connection, job, job.images_total)
            moved = jobs.move(connection, job_id, JobStatus.PROCESSING)
            if job.images_total:
                self._open_delivery(connection, moved, JobEvent.PROCESSING)
            # Its last outcome may have come while the total was not known yet.
            closed = jobs.close(connection, [job_id])
        self.finished.send(FinishJob(job_id=each) for each in closed)
        self._deliver(connection, job_id)
        return True

    def sent_again(self, connection: Connection, job: Job) -> None:
        """Leaves a retried job to the processor, whose last outcome may have come already."""
        with connection.transaction():
            jobs.note_queued(connection, job, job.images_total)
            closed = jobs.close(connection, [job.job_id])
        self.finished.send(FinishJob(job_id=each) for each in closed)

    def reject(self, connection: Connection, job_id: UUID, error: FileError) -> None:
        """Ends a job whose file cannot be used."""
        with connection.transaction():
            moved = jobs.move(
                connection, job_id, JobStatus.REJECTED, error=(error.code, error.message)
            )
            self._open_delivery(connection, moved, JobEvent.REJECTED)
        if moved is not None:
            figures = Figures()
            figures.add("Jobs", status=str(moved.status))
            figures.write()
        self._deliver(connection, job_id)

    def _open_delivery(self, connection: Connection, job: Job | None, event: JobEvent) -> None:
        if job is not None:
            body = bodies.body(job, event, api_url=self.api_url)
            deliveries.open_delivery(connection, job, event, body=body)

    def _deliver(self, connection: Connection, job_id: UUID) -> None:
        outbox.queue_due(deliveries.claim_of_jobs(connection, [job_id]), self.deliveries)
