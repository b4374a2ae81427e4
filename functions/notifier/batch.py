"""One event of the deliveries queue: its requests are sent side by side, reported together."""

from typing import Any

from notifier.notifying import Notifying
from pipeline.messages import DeliverWebhook
from pipeline.queues import Malformed, Received, failures, received


def work_through(event: dict[str, Any], notifying: Notifying) -> dict[str, Any]:
    """Makes the attempt of each message.

    Returns:
        a partial batch response: what cannot be read goes its way to the dead letters alone.

    Raises:
        SendFailedError, botocore's errors: the attempts could not be reported; all come again.
    """
    messages: list[Received[DeliverWebhook]] = []
    malformed: list[str] = []
    for each in received(event, DeliverWebhook):
        if isinstance(each, Malformed):
            notifying.logger.error("malformed message", extra={"reason": each.reason})
            malformed.append(each.message_id)
        else:
            messages.append(each)
    notifying.run(messages)
    return failures(malformed)
