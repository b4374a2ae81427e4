"""Deliveries whose time has come, and those whose last message was lost."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from database import deliveries
from database.connection import Database
from pipeline.queues import Queue, SendFailedError
from webhooks import outbox

CLAIMED = 500
SECONDS = 10
"""No new claim after this long; the next round goes on."""


@dataclass(frozen=True)
class WebhooksDue:
    """Queues them, signed."""

    database: Database
    queue: Queue

    def send(self) -> int:
        """
        Raises:
            SendFailedError: SQS refused some, which are claimed again later; the others are sent.
        """
        started = time.monotonic()
        sent = 0
        refused: SendFailedError | None = None
        while time.monotonic() - started < SECONDS:
            now = datetime.now(UTC)
            due = self.database.run(partial(deliveries.claim_due, now=now, limit=CLAIMED))
            try:
                sent += outbox.queue_due(due, self.queue, now=now)
            except SendFailedError as error:
                refused = error
            if len(due) < CLAIMED:
                break
        if refused is not None:
            raise refused
        return sent
