"""Messages that follow a commit. PostgreSQL holds the truth: one that is lost is the janitor's to
make again, so it costs the client nothing."""

from datetime import UTC, datetime
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError

from api.backend import Backend
from database import deliveries
from database.connection import Connection
from pipeline.queues import SendFailedError
from webhooks import outbox


def deliver(backend: Backend, connection: Connection, job_id: UUID) -> None:
    """Queues the job's deliveries that are due."""
    now = datetime.now(UTC)
    due = deliveries.claim_due(connection, now=now, job_ids=[job_id])
    try:
        outbox.queue_due(due, backend.deliveries, now=now)
    except (SendFailedError, BotoCoreError, ClientError):
        backend.logger.warning("deliveries not queued", exc_info=True)
