"""From an upload to rows, images and messages; after a crash at any line it goes on from there."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from aws_lambda_powertools import Logger

from catalogue import encoding, limits
from catalogue.reader import Table
from database import images, jobs, retries
from database.connection import Connection, Database
from ingest import chunks
from ingest.ending import Ending
from ingest.sender import ImageSender
from ingest.uploads import Upload, Uploads
from pipeline.errors import FileError
from pipeline.job import Job
from pipeline.messages import IngestUpload
from pipeline.options import understood
from pipeline.queues import Queue
from pipeline.states import JobStatus

MARGIN = 60
"""Seconds before the end of the invocation at which the rest is left to another one."""

RESENT = 5_000
"""Images read from the database at once, to be sent again after a crash."""


@dataclass(frozen=True)
class Ingestion:
    """Ingests uploads.

    Attributes:
        images: the processor's queue.
        continuations: the uploads queue itself.
    """

    database: Database
    uploads: Uploads
    images: Queue
    continuations: Queue
    ending: Ending
    logger: Logger

    def run(self, message: IngestUpload, *, remaining: Callable[[], float]) -> None:
        """Ingests an upload to its end, or hands it on when time runs short.

        Args:
            remaining: seconds left for it.

        Raises:
            UploadMissing: the message is to come again.
            NotUnderstoodError: likewise, to a newer release.
            SendError, psycopg.Error, botocore's errors: likewise; nothing is lost or doubled.
        """
        self.database.ping()
        with self.database.connection() as connection:
            job = jobs.get(connection, message.job_id)
            if job is not None and _is_retried(job):
                understood(job.options)
                self._queue_retried(connection, job, remaining)
                return
            if job is None or job.status not in {JobStatus.AWAITING_UPLOAD, JobStatus.INGESTING}:
                self._log("nothing to ingest", message.job_id, status=job and job.status)
                return
            upload = self.uploads.find(job.job_id, job.source_version or message.version_id)
            job = jobs.begin_ingest(connection, job.job_id, version_id=upload.version_id)
            if job is None:
                return
            # Only now: a job that has begun is repaired, and in the end given up, by the janitor.
            understood(job.options)
            if job.source_version != upload.version_id:  # another run began with another version
                upload = self.uploads.find(job.job_id, job.source_version)
            try:
                self._take_in(connection, job, upload, remaining)
            except FileError as error:
                self._log("rejected", job.job_id, code=error.code)
                self.ending.reject(connection, job.job_id, error)

    def _take_in(
        self,
        connection: Connection,
        job: Job,
        upload: Upload,
        remaining: Callable[[], float],
    ) -> None:
        """Stores what is left of the upload and sends its images.

        Raises:
            FileError: the file cannot be used.
        """
        if job.rows_total == 0:
            self._read_through(upload)
        table = Table(self.uploads.chunks(upload))
        table.skip(job.rows_total)
        with ImageSender(self.images, job) as sender:
            if not self._send_again(connection, job, sender, remaining):
                sender.wait()
                self._hand_on(connection, job, queued=sender.sent)
                return
            for chunk in chunks.cut(table.rows()):
                added = chunks.store(connection, job.job_id, chunk, queued=sender.sent)
                if added is None:
                    self._log("another run is ahead", job.job_id, row=chunk[0].number)
                    return
                if added:
                    sender.send(
                        [each for each in added if each.error is None],
                        up_to=added[-1].position + 1,
                    )
                if remaining() < MARGIN:
                    sender.wait()
                    self._hand_on(connection, job, queued=sender.sent)
                    return
            sender.wait()
        moved = self.ending.process(connection, job.job_id, rows=table.rows_read)
        self._log("read to its end", job.job_id, rows=table.rows_read, moved=moved)

    def _queue_retried(
        self, connection: Connection, job: Job, remaining: Callable[[], float]
    ) -> None:
        """Sends the images that failed and are to be tried again."""
        reset = retries.reset(connection, job.job_id)
        with ImageSender(self.images, job) as sender:
            done = self._send_again(connection, job, sender, remaining)
            sender.wait()
        if done:
            self.ending.sent_again(connection, job)
        else:
            self._hand_on(connection, job, queued=sender.sent)
        self._log("queued again", job.job_id, since=job.images_queued, reset=reset, done=done)

    def _read_through(self, upload: Upload) -> None:
        """Finds what spoils the whole file, before anything of it is stored or sent."""
        if upload.size > limits.BYTES:
            raise encoding.too_large()
        for _ in Table(self.uploads.chunks(upload)).records():
            pass

    def _send_again(
        self,
        connection: Connection,
        job: Job,
        sender: ImageSender,
        remaining: Callable[[], float],
    ) -> bool:
        """Sends the pending images of which nobody could say that they are on the queue, and notes
        how far it is on the way: a crash is to cost few images a second message.

        Returns:
            whether all of them were sent: time may run out, and the job be cancelled meanwhile.
        """
        since = job.images_queued
        while lost := images.pending(connection, job.job_id, since=since, limit=RESENT):
            if remaining() < MARGIN:
                return False
            since = lost[-1].position + 1
            sender.send(lost, up_to=since)
            if not jobs.note_queued(connection, job, sender.sent):
                return False
        return True

    def _hand_on(self, connection: Connection, job: Job, *, queued: int) -> None:
        if jobs.note_queued(connection, job, queued):
            self._continue(job.job_id, job.source_version)

    def _continue(self, job_id: UUID, version_id: str | None) -> None:
        self.continuations.send([IngestUpload(job_id=job_id, version_id=version_id)])
        self._log("continues in another invocation", job_id)

    def _log(self, what: str, job_id: UUID, **more: object) -> None:
        self.logger.info(what, extra={"job_id": str(job_id), **more})


def _is_retried(job: Job) -> bool:
    """A job that is processing otherwise has all its images on the queue."""
    return job.status == JobStatus.PROCESSING and job.images_queued < job.images_total
