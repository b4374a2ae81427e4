"""Deliveries whose time has come, and those whose last message was lost."""

from dataclasses import dataclass
from functools import partial

from database import deliveries, receivers
from database.connection import Database
from janitor.rounds import TimeLeft
from pipeline.queues import Queue, SendFailedError
from webhooks import outbox

CLAIMED = 500

CLAIMS = 40
"""In a round. A tenant's part of them, which ``deliveries.SHARE`` bounds, is what its receiver gets
in a minute."""


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
        self.database.run(receivers.forget)
        for _ in range(CLAIMS):
            if time_left() <= 0:
                break
            due = self.database.run(partial(deliveries.claim_due, limit=CLAIMED))
            try:
                sent += outbox.queue_due(due, self.queue)
            except SendFailedError as error:
                failed = error
            if not due:
                break
        if failed is not None:
            raise failed
        return sent
