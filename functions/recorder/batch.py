"""One event of any of the recorder's queues: the messages, sorted into what is to be recorded."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.dead_letters import DeadLetters
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
from recorder.recording import Recording, TimeLeft
from recorder.reports import MESSAGE, Recordable
from recorder.work import Report, Reported

RECEIVES = 10
"""Times after which a message is to blame that fails, though nothing was recorded beside it. By the
pauses of ``pipeline.redelivery`` that is about a quarter of an hour."""


def work_through(
    event: dict[str, Any], recording: Recording, dead: DeadLetters, *, time_left: TimeLeft
) -> dict[str, Any]:
    """Records every message of the event, in one transaction if none fails.

    One that fails by itself is put aside. Nobody knows that as long as all of them fail: then they
    come again, a few times.

    Args:
        dead: where they are put aside.
        time_left: seconds until Lambda ends this invocation.

    Returns:
        a partial batch response: what cannot be read is handed out again.

    Raises:
        psycopg.OperationalError: PostgreSQL is away; the whole batch comes again.
    """
    reports: list[Reported] = []
    again: list[str] = []
    figures = Figures()
    for each in received(event, MESSAGE):
        if isinstance(each, Malformed):
            recording.logger.error("malformed message", extra={"reason": each.reason})
            again.append(each.message_id)
            continue
        reports += [
            Reported(each.message_id, each.receives, report) for report in _reports(each.message)
        ]
        if isinstance(each.message, ProcessImage):
            figures.add("Images", code=ImageErrorCode.INTERNAL_ERROR.value)
    work = recording.run(reports, time_left=time_left)
    late = {each.message_id for each in work.late}
    refused = {each.message_id: (each.receives, error) for each, error in work.refused}
    records = {each["messageId"]: each for each in event["Records"]}
    for message_id, (receives, error) in refused.items():
        blamed = message_id not in late and (work.recorded or receives >= RECEIVES)
        if blamed and dead.put(records[message_id], reason=f"{type(error).__name__}: {error}"):
            figures.add("MessagesPutAside")
        else:
            late.add(message_id)
    figures.write()
    return failures([*again, *sorted(late)])


def _reports(message: Recordable) -> Sequence[Report]:
    match message:
        case ImagesFinished(outcomes=outcomes):
            return outcomes
        case DeliveryAttempted() as attempted:
            return [attempted]
        case ProcessImage() as image:
            return [given_up(image)]
        case DeliverWebhook() as delivery:
            return [never_sent(delivery)]


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
