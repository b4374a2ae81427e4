"""What the tests of the janitor's duties share: an event, time that passes, losses."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from aws_lambda_powertools.utilities.typing import LambdaContext

from database import deliveries, delivery_attempts, jobs, outcomes
from database.connection import Connection
from infra.settings import SIZES
from janitor.handler import handler
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.messages import (
    DeliveryAttempted,
    Failure,
    ImageFinished,
    Message,
)
from pipeline.states import DeliveryStatus, ImageStatus

EVENT = json.loads(
    (Path(__file__).parents[3] / "events" / "janitor.json").read_text(encoding="utf-8")
)
HOOK = "https://shop.example/hook"
NOTHING = {
    "webhooks_sent": 0,
    "uploads_found_or_expired": 0,
    "ingests_repeated": 0,
    "images_repeated": 0,
    "images_given_up": 0,
    "cancelled_jobs_marked": 0,
    "jobs_closed": 0,
    "finishes_repeated": 0,
    "jobs_rejected": 0,
    "jobs_deleted": 0,
}

NewJob = Callable[..., Job]
M = TypeVar("M", bound=Message)
Sent = Callable[[str, type[M]], list[M]]


class Context(LambdaContext):
    """With as much time left as a test gives."""

    def __init__(self, seconds: float) -> None:
        self._milliseconds = round(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # static there
        return self._milliseconds


def feed(*, seconds: float = SIZES["janitor"].timeout, minute: int = 0) -> dict[str, int]:
    """One round.

    Args:
        seconds: left at any time.
        minute: at which it is due.
    """
    return handler(EVENT | {"time": f"2026-09-21T12:{minute:02}:00Z"}, Context(seconds))


def age(connection: Connection, by: timedelta) -> None:
    """Lets time pass for everything in the database."""
    connection.execute(
        """
        UPDATE jobs SET
            created_at = created_at - %(by)s, updated_at = updated_at - %(by)s,
            completed_at = completed_at - %(by)s, repaired_at = repaired_at - %(by)s,
            upload_expires_at = upload_expires_at - %(by)s
        """,
        {"by": by},
    )
    connection.execute(
        """
        UPDATE deliveries SET
            next_attempt_at = next_attempt_at - %(by)s, queued_until = queued_until - %(by)s
        """,
        {"by": by},
    )


def now(connection: Connection, job: Job) -> Job:
    found = jobs.get(connection, job.job_id)
    assert found is not None
    return found


def finish(connection: Connection, job: Job, *positions: int) -> None:
    """Records these images as failed, without closing the job."""
    with connection.transaction():
        outcomes.record(
            connection,
            [
                ImageFinished(
                    job_id=job.job_id,
                    position=position,
                    status=ImageStatus.FAILED,
                    error=Failure(code=ImageErrorCode.NOT_FOUND, message="Gone."),
                )
                for position in positions
            ],
        )


def pause(connection: Connection, by: timedelta, *, repairs: int) -> None:
    """Lets time pass in which the janitor tried ``repairs`` times in vain."""
    age(connection, by)
    connection.execute("UPDATE jobs SET repairs = %s", [repairs])


def end(connection: Connection, job: Job) -> None:
    connection.execute(
        "UPDATE jobs SET status = 'completed', completed_at = now() WHERE job_id = %s",
        [job.job_id],
    )


def attempt_once(connection: Connection, job: Job) -> None:
    [delivery] = deliveries.of_job(connection, job.job_id)
    attempted = DeliveryAttempted(
        delivery_id=delivery.delivery_id, attempt=1, at=datetime.now(UTC), milliseconds=5
    )
    recorded = delivery_attempts.Recorded(attempted, DeliveryStatus.DELIVERED, None)
    assert delivery_attempts.record(connection, [recorded]) == 1
