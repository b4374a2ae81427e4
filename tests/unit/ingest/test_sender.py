import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import BaseModel

from database.images import PendingImage
from ingest.sender import ImageSender
from pipeline.job import Job
from pipeline.messages import ProcessImage
from pipeline.options import ImageOptions
from pipeline.queues import Queue
from pipeline.states import JobStatus

NOW = datetime(2026, 3, 12, tzinfo=UTC)
JOB = Job(
    job_id=UUID(int=1),
    tenant_id=UUID(int=2),
    status=JobStatus.INGESTING,
    filename=None,
    webhook_url=None,
    options=ImageOptions().stored(),
    source_version=None,
    rows_total=0,
    rows_rejected=0,
    images_total=9,
    images_succeeded=0,
    images_failed=0,
    images_queued=3,
    input_bytes=0,
    output_bytes=0,
    error_code=None,
    error_message=None,
    created_at=NOW,
    updated_at=NOW,
    completed_at=None,
    upload_expires_at=NOW,
)


def image(position: int) -> PendingImage:
    return PendingImage(position, f"https://a.example/{position}.jpg", None)


class SlowQueue(Queue):
    """Sends when it is let; remembers what it sent."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.sent: list[int] = []

    def send(self, messages: Iterable[BaseModel], *, delay: int = 0) -> int:
        assert self.let.wait(60)
        positions = [each.position for each in messages if isinstance(each, ProcessImage)]
        self.sent += positions
        return len(positions)


class BrokenQueue(Queue):
    def __init__(self) -> None:
        pass

    def send(self, messages: Iterable[BaseModel], *, delay: int = 0) -> int:
        raise ConnectionError("SQS is away")


def test_sending_goes_on_in_the_background_and_counts_only_what_is_sent() -> None:
    queue = SlowQueue()
    with ImageSender(queue, JOB) as sender:
        sender.send([image(3), image(4)], up_to=5)
        assert (queue.sent, sender.sent) == ([], 3)
        queue.let.set()
        sender.send([image(6)], up_to=8)
        assert sender.sent == 5
        sender.wait()
        assert (queue.sent, sender.sent) == ([3, 4, 6], 8)


def test_a_failure_is_raised_at_the_next_call_and_counts_nothing() -> None:
    with ImageSender(BrokenQueue(), JOB) as sender:
        sender.send([image(3)], up_to=4)
        with pytest.raises(ConnectionError):
            sender.send([image(4)], up_to=5)
        assert sender.sent == 3


def test_waiting_for_nothing_returns_at_once() -> None:
    with ImageSender(BrokenQueue(), JOB) as sender:
        sender.wait()
        assert sender.sent == JOB.images_queued
