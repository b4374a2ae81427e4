"""One event of any of the recorder's queues: the messages, sorted into what is to be recorded."""

from datetime import UTC, datetime
from typing import Any

from pipeline.errors import ImageErrorCode
from pipeline.figures import Figures
from pipeline.messages import (
    DeliverWebhook,
    DeliveryAttempted,
    Failure,
    ImageFinished,
    ImagesFinished,
    ProcessImage,
)
from pipeline.queues import Malformed, failures, received
from pipeline.states import ImageStatus
from recorder.recording import Recording
from recorder.reports import MESSAGE


def work_through(event: dict[str, Any], recording: Recording) -> dict[str, Any]:
    """Records every message of the event in one transaction.

    Returns:
        a partial batch response: what cannot be read is handed out again.

    Raises:
        psycopg.OperationalError: PostgreSQL is away; the whole batch comes again.
    """
    images: list[ImageFinished] = []
    attempts: list[DeliveryAttempted] = []
    malformed: list[str] = []
    figures = Figures()
    for each in received(event, MESSAGE):
        if isinstance(each, Malformed):
            recording.logger.error("malformed message", extra={"reason": each.reason})
            malformed.append(each.message_id)
            continue
        match each.message:
            case ImagesFinished(outcomes=outcomes):
                images += outcomes
            case DeliveryAttempted() as attempted:
                attempts.append(attempted)
            case ProcessImage() as dead:
                images.append(given_up(dead))
                figures.add("Images", code=ImageErrorCode.INTERNAL_ERROR.value)
            case DeliverWebhook() as dead:
                attempts.append(never_sent(dead))
    recording.run(images, attempts)
    figures.write()
    return failures(malformed)


def given_up(dead: ProcessImage) -> ImageFinished:
    """The outcome of a message that kept killing the processor."""
    return ImageFinished(
        job_id=dead.job_id,
        position=dead.position,
        status=ImageStatus.FAILED,
        retry=dead.retry,
        error=Failure(
            code=ImageErrorCode.INTERNAL_ERROR, message="The image could not be processed."
        ),
    )


def never_sent(dead: DeliverWebhook) -> DeliveryAttempted:
    """The report of a message that kept killing the notifier."""
    return DeliveryAttempted(
        delivery_id=dead.delivery_id,
        attempt=dead.attempt,
        at=datetime.now(UTC),
        milliseconds=0,
        error=ImageErrorCode.INTERNAL_ERROR,
    )
