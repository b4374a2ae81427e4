"""Outcomes into PostgreSQL: each counted once, one transaction a batch; the last closes its job."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import psycopg
from aws_lambda_powertools import Logger

from database import deliveries, delivery_attempts, jobs, outcomes, progress, receivers
from database.connection import Connection, Database
from database.delivery_attempts import Recorded
from pipeline.errors import ImageErrorCode
from pipeline.messages import DeliveryAttempted, Failure, FinishJob, ImageFinished
from pipeline.queues import Queue
from pipeline.states import ImageStatus, JobEvent
from recorder.work import Moved, Report, Reported, Work
from webhooks import bodies, outbox, schedule

STATEMENT_SECONDS = 15.0
"""For one statement, a lock that it waits for included. A batch of 2,000 outcomes takes 0.2 s."""

TELLING = 5.0
"""Seconds that must be left to try another part of a batch, and to tell the next stages of what is
recorded."""

LAST_HALVE = STATEMENT_SECONDS + 2 * TELLING
"""The same once a part has taken too long."""

TimeLeft = Callable[[], float]
"""Seconds until Lambda ends the invocation."""


@dataclass(frozen=True)
class Recording:
    """Records what the processor and the notifier report. ``api_url`` is where the links in
    webhooks lead."""

    database: Database
    finished: Queue
    deliveries: Queue
    api_url: str
    logger: Logger

    def run(self, reports: Sequence[Reported], *, time_left: TimeLeft) -> Work:
        """Records all of it, whatever of it was recorded before; then tells the next stages.

        Returns:
            what came of the batch; nothing of it is left to be recorded.

        Raises:
            psycopg.OperationalError, SendFailedError, botocore's errors: the batch is to come
                again. What was recorded stays so; a lost message is the janitor's to repeat.
        """
        work = Work([reports] if reports else [])
        try:
            self.database.run(partial(self._work_through, work=work, time_left=time_left))
        finally:
            self._tell(work)
        return work

    def _work_through(self, connection: Connection, *, work: Work, time_left: TimeLeft) -> None:
        """What fails must not hold up the others: halves are tried until it is alone."""
        needed = 0.0
        while work.left:
            if time_left() < needed:
                work.leave(work.left)
                work.left.clear()
                return
            portion = work.left[-1]
            try:
                moved = self._together(connection, [each.report for each in portion])
            except Exception as error:
                if _is_servers_fault(error):
                    raise
                work.left.pop()
                slow = isinstance(error, psycopg.errors.QueryCanceled)
                needed = max(needed, LAST_HALVE if slow else TELLING)
                if len(portion) > 1:
                    work.halve(portion)  # a lock that somebody keeps stops only its part, too
                elif slow:
                    work.leave([portion])
                else:
                    self._alone(connection, work, portion[0], error)
            else:
                work.left.pop()
                work.add(portion, moved)

    def _alone(
        self, connection: Connection, work: Work, reported: Reported, error: Exception
    ) -> None:
        """The report that fails: recorded as an internal error, if that at least can be done."""
        about = _about(reported.report)
        self.logger.error("report not recorded as it is", extra=about, exc_info=error)
        try:
            work.add([reported], self._together(connection, [_storable(reported.report)]))
        except Exception as again:
            if _is_servers_fault(again):
                work.left.append([reported])
                raise
            self.logger.exception("report not recorded", extra=about)
            work.refused.append((reported, error))

    def _together(self, connection: Connection, reports: Sequence[Report]) -> Moved:
        images = [each for each in reports if isinstance(each, ImageFinished)]
        attempts = [each for each in reports if isinstance(each, DeliveryAttempted)]
        with connection.transaction():
            # Jobs before deliveries, here and everywhere: whoever locks both cannot deadlock.
            counted = outcomes.record(connection, images) if images else {}
            closed = jobs.close(connection, counted) if counted else []
            progressed = self._announce_progress(connection, counted) if counted else []
            logged, retried = _attempted(connection, attempts) if attempts else (0, [])
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
        return Moved(closed, progressed, retried, attempts)

    def _announce_progress(self, connection: Connection, job_ids: Iterable[UUID]) -> list[UUID]:
        advanced = progress.advance(connection, job_ids)
        for job in advanced:
            body = bodies.body(job, JobEvent.PROGRESS, api_url=self.api_url)
            deliveries.open_delivery(
                connection, job, JobEvent.PROGRESS, body=body, milestone=job.milestone
            )
        return [job.job_id for job in advanced]

    def _tell(self, work: Work) -> None:
        closed = [job_id for moved in work.moved for job_id in moved.closed]
        due = {job_id for moved in work.moved for job_id in (*moved.progressed, *moved.retried)}
        self.finished.send(FinishJob(job_id=job_id) for job_id in closed)
        attempts = [each for moved in work.moved for each in moved.attempts]
        if attempts:
            silent = {each.delivery_id for each in attempts if schedule.is_silent(each)}
            answered = {each.delivery_id for each in attempts if schedule.is_prompt(each)}
            self.database.run(partial(receivers.note, silent=silent, answered=answered))
        if due:
            claim = partial(deliveries.claim_of_jobs, job_ids=due, within=outbox.SOON)
            outbox.queue_due(self.database.run(claim), self.deliveries)


def _attempted(
    connection: Connection, attempts: Sequence[DeliveryAttempted]
) -> tuple[int, list[UUID]]:
    """Records attempts. Somebody may have asked for a delivery to be sent again while an attempt
    was under way, so its tries are counted by its row, once that is locked.

    Returns:
        how many were new, and the jobs of the deliveries that are to be tried again.
    """
    known = deliveries.lock(connection, {each.delivery_id for each in attempts})
    recorded: list[Recorded] = []
    retried: list[UUID] = []
    for attempted in attempts:
        delivery = known.get(attempted.delivery_id)
        if delivery is None:
            continue
        if not delivery.awaits(attempted.attempt):
            recorded.append(Recorded(attempted, None, None))
            continue
        step = schedule.next_step(attempted, restarted_after=delivery.restarted_after)
        recorded.append(Recorded(attempted, step.status, step.pause))
        if step.pause is not None:
            retried.append(delivery.job_id)
    return delivery_attempts.record(connection, recorded) if recorded else 0, retried


def _is_servers_fault(error: Exception) -> bool:
    """Whether no report is to blame, and no half of a batch would fare better."""
    servers = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
    return isinstance(error, servers) and not isinstance(error, psycopg.errors.QueryCanceled)


def _about(report: Report) -> dict[str, object]:
    if isinstance(report, ImageFinished):
        return {"job_id": str(report.job_id), "position": report.position}
    return {"delivery_id": str(report.delivery_id), "attempt": report.attempt}


def _storable(report: Report) -> Report:
    """In place of a report that cannot be recorded, so that nothing waits for it for ever."""
    if isinstance(report, DeliveryAttempted):
        return report.model_copy(
            update={"error": ImageErrorCode.INTERNAL_ERROR, "retry_after": None}
        )
    return ImageFinished(
        job_id=report.job_id,
        position=report.position,
        status=ImageStatus.FAILED,
        retry=report.retry,
        error=Failure(
            code=ImageErrorCode.INTERNAL_ERROR, message="The image's outcome could not be recorded."
        ),
    )
