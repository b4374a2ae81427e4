"""From a delivery that is due to a signed message on the deliveries queue."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from pipeline.messages import DeliverWebhook
from pipeline.queues import Queue, SendFailedError
from webhooks import signing

SOON = timedelta(seconds=60)
"""What is due within this time is queued at once with a delay; later attempts are the janitor's."""


class Due(Protocol):
    """A claimed delivery (``database.deliveries.Due``; this layer does not know the database)."""

    @property
    def delivery_id(self) -> UUID: ...
    @property
    def tenant_id(self) -> UUID: ...
    @property
    def attempt(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def delay(self) -> float: ...
    @property
    def secret(self) -> str: ...
    @property
    def previous_secret(self) -> str | None: ...


def queue_due(deliveries: Iterable[Due], queue: Queue) -> int:
    """Signs each claimed delivery and queues it for the notifier; returns how many.

    Raises:
        SendFailedError: some were refused or could not be signed; all others have been sent.
    """
    now = datetime.now(UTC)
    by_delay: dict[int, list[DeliverWebhook]] = {}
    failed: SendFailedError | None = None
    for due in deliveries:
        try:
            message = _signed(due, now)
        except Exception as error:  # noqa: BLE001 (one tenant's secret must not stop the others)
            kind = type(error).__name__  # and its text may hold the secret
            failed = SendFailedError(f"delivery {due.delivery_id} cannot be signed: {kind}")
        else:
            by_delay.setdefault(round(due.delay), []).append(message)
    sent = 0
    for delay, messages in by_delay.items():
        try:
            sent += queue.send(messages, delay=delay)
        except SendFailedError as error:
            failed = error
    if failed is not None:
        raise failed
    return sent


def _signed(due: Due, now: datetime) -> DeliverWebhook:
    """The signature states the time at which the message is going to be visible, so that a delayed
    one is as fresh as the others when it is sent."""
    sent_at = now + timedelta(seconds=round(due.delay))
    secrets = [due.secret] + ([due.previous_secret] if due.previous_secret else [])
    return DeliverWebhook(
        tenant_id=due.tenant_id,
        delivery_id=due.delivery_id,
        attempt=due.attempt,
        url=due.url,
        headers=signing.headers(
            message_id=str(due.delivery_id), at=sent_at, body=due.body, signing_secrets=secrets
        ),
        body=due.body,
        expires_at=sent_at + signing.TOLERANCE,
    )
