"""Outcomes into PostgreSQL: each counted once, one transaction a batch; the last closes its job."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import psycopg
from aws_lambda_powertools import Logger

from database import deliveries, delivery_attempts, jobs, outcomes, progress
from database.connection import Connection, Database
from database.deliveries import Due
from database.delivery_attempts import Recorded
from pipeline.errors import ImageErrorCode
from pipeline.messages import DeliveryAttempted, Failure, FinishJob, ImageFinished
from pipeline.queues import Queue
from pipeline.states import ImageStatus, JobEvent
from webhooks import bodies, outbox, schedule

Report = ImageFinished | DeliveryAttempted


class Moved(NamedTuple):
    """What a batch has changed: jobs it closed, jobs with a milestone to announce, and whether
    deliveries are to be tried again."""

    closed: list[UUID]
    progressed: list[UUID]
    retried: bool


@dataclass(frozen=True)
class Recording:
    """Records what the processor and the notifier report. ``api_url`` is where the links in
    webhooks lead."""

    database: Database
    finished: Queue
    deliveries: Queue
    api_url: str
    logger: Logger

    def run(self, images: Sequence[ImageFinished], attempts: Sequence[DeliveryAttempted]) -> None:
        """Records all of it, whatever of it was recorded before; then tells the next stages.

        Raises:
            psycopg.OperationalError, SendFailedError, botocore's errors: the batch is to come
                again. What was recorded stays so; a lost message is the janitor's to repeat.
        """
        moved = self.database.run(lambda connection: self._record(connection, [*images, *attempts]))
        self.finished.send(FinishJob(job_id=job_id) for job_id in moved.closed)
        if moved.progressed or moved.retried:
            now = datetime.now(UTC)
            due = self.database.run(lambda connection: _claim(connection, now))
            outbox.queue_due(due, self.deliveries, now=now)

    def _record(self, connection: Connection, reports: Sequence[Report]) -> Moved:
        """One that PostgreSQL refuses must not hold up the others: halves are tried until it is
        alone."""
        try:
            return self._together(connection, reports)
        except (psycopg.DataError, psycopg.IntegrityError):
            if len(reports) == 1:
                self.logger.exception("PostgreSQL refused a report", extra=_about(reports[0]))
                return self._together(connection, [_storable(reports[0])])
        half = len(reports) // 2
        first, second = (
            self._record(connection, each) for each in (reports[:half], reports[half:])
        )
        return Moved(
            first.closed + second.closed,
            first.progressed + second.progressed,
            first.retried or second.retried,
        )

    def _together(self, connection: Connection, reports: Sequence[Report]) -> Moved:
        images = [each for each in reports if isinstance(each, ImageFinished)]
        attempts = [each for each in reports if isinstance(each, DeliveryAttempted)]
        with connection.transaction():
            # Jobs before deliveries, here and everywhere: whoever locks both cannot deadlock.
            counted = outcomes.record(connection, images) if images else {}
            closed = jobs.close(connection, counted) if counted else []
            progressed = self._announce_progress(connection, counted) if counted else []
            recorded = _decided(connection, attempts) if attempts else []
            logged = delivery_attempts.record(connection, recorded) if recorded else 0
        self.logger.info(
            "recorded",
            extra={
                "outcomes": len(images),
                "counted": sum(counted.values()),
                "closed": [str(job_id) for job_id in closed],
                "progressed": [str(job_id) for job_id in progressed],
                "unknown": sorted({str(each.job_id) for each in images} - {*map(str, counted)}),
                "attempts": len(attempts),
                "logged": logged,
            },
        )
        return Moved(closed, progressed, any(each.next_attempt_at for each in recorded))

    def _announce_progress(self, connection: Connection, job_ids: Iterable[UUID]) -> list[UUID]:
        advanced = progress.advance(connection, job_ids)
        for job in advanced:
            body = bodies.body(job, JobEvent.PROGRESS, api_url=self.api_url)
            deliveries.open_delivery(
                connection, job, JobEvent.PROGRESS, body=body, milestone=job.milestone
            )
        return [job.job_id for job in advanced]


def _claim(connection: Connection, now: datetime) -> list[Due]:
    return deliveries.claim_due(connection, now=now, within=outbox.SOON)


def _decided(connection: Connection, attempts: Sequence[DeliveryAttempted]) -> list[Recorded]:
    """Where each delivery stands after its attempt. Somebody may have asked for it to be sent again
    while the attempt was under way, so its tries are counted by its row, once that is locked."""
    restarts = deliveries.lock(connection, {each.delivery_id for each in attempts})
    recorded = []
    for attempted in attempts:
        if attempted.delivery_id in restarts:
            restarted_after = restarts[attempted.delivery_id]
            step = schedule.next_step(attempted, restarted_after=restarted_after)
            recorded.append(Recorded(attempted, step.status, step.next_attempt_at))
    return recorded


def _about(report: Report) -> dict[str, object]:
    if isinstance(report, ImageFinished):
        return {"job_id": str(report.job_id), "position": report.position}
    return {"delivery_id": str(report.delivery_id), "attempt": report.attempt}


def _storable(report: Report) -> Report:
    """In place of a report that PostgreSQL refuses, so that nothing waits for it for ever."""
    if isinstance(report, DeliveryAttempted):
        return report.model_copy(update={"error": ImageErrorCode.INTERNAL_ERROR})
    return ImageFinished(
        job_id=report.job_id,
        position=report.position,
        status=ImageStatus.FAILED,
        retry=report.retry,
        error=Failure(
            code=ImageErrorCode.INTERNAL_ERROR, message="The image's outcome could not be recorded."
        ),
    )
