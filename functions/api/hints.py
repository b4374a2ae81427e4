"""Messages that follow a commit. PostgreSQL holds the truth: one that is lost is the janitor's to
make again, so it costs the client nothing."""

from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from api.backend import Backend
from database import deliveries
from database.connection import Connection
from pipeline.job import Job
from pipeline.messages import IngestUpload
from pipeline.queues import SendFailedError
from webhooks import outbox


def queue_images(backend: Backend, job: Job) -> None:
    """Has ingest queue the images of a retry: there may be more of them than a request has time."""
    try:
        backend.uploads.send([IngestUpload(job_id=job.job_id, version_id=job.source_version)])
    except (SendFailedError, BotoCoreError, ClientError):
        backend.logger.warning("retry not queued", exc_info=True)


def deliver(backend: Backend, connection: Connection, job_id: UUID) -> None:
    """Queues the job's deliveries that are due."""
    due = deliveries.claim_of_jobs(connection, [job_id])
    try:
        outbox.queue_due(due, backend.deliveries)
    except (SendFailedError, BotoCoreError, ClientError):
        backend.logger.warning("deliveries not queued", exc_info=True)
