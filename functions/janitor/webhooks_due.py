"""Deliveries whose time has come, and those whose last message was lost."""

from dataclasses import dataclass
from functools import partial

from database import deliveries
from database.connection import Database
from janitor.rounds import TimeLeft
from pipeline.queues import Queue, SendFailedError
from webhooks import outbox

CLAIMED = 500


@dataclass(frozen=True)
class WebhooksDue:
    """Queues them, signed."""

    database: Database
    queue: Queue

    def send(self, time_left: TimeLeft) -> int:
        """
        Raises:
            SendFailedError: some could not be signed or sent, and are claimed again later; the
                others are sent.
        """
        sent = 0
        failed: SendFailedError | None = None
        while time_left() > 0:
            due = self.database.run(partial(deliveries.claim_due, limit=CLAIMED))
            try:
                sent += outbox.queue_due(due, self.queue)
            except SendFailedError as error:
                failed = error
            if len(due) < CLAIMED:
                break
        if failed is not None:
            raise failed
        return sent
