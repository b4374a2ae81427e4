"""A round of all duties."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from aws_lambda_powertools import Logger
from mypy_boto3_sqs import SQSClient

from database.connection import Connection
from infra.settings import SIZES
from janitor.handler import STATEMENT_SECONDS
from janitor.rounds import KEPT, MOST, RESERVE, DutiesFailedError, Round, TimeLeft
from pipeline import keys
from pipeline.job import Job
from pipeline.messages import (
    FinishJob,
)
from pipeline.states import JobStatus
from tests.handlers.janitor.world import NOTHING, NewJob, Sent, age, feed, pause


def test_where_all_is_well_it_does_nothing(connection: Connection, new_job: NewJob) -> None:
    for status in JobStatus:
        new_job(status, images=1)
    before = connection.execute("SELECT * FROM jobs ORDER BY job_id").fetchall()
    assert feed() == NOTHING
    assert connection.execute("SELECT * FROM jobs ORDER BY job_id").fetchall() == before


def test_a_duty_that_fails_does_not_stop_the_others(
    connection: Connection, new_job: NewJob, sqs: SQSClient, sent: Sent[FinishJob]
) -> None:
    job = new_job(JobStatus.FINALIZING)
    age(connection, timedelta(minutes=11))
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="images")["QueueUrl"])
    with pytest.raises(DutiesFailedError, match=r"^images_repeated, images_given_up$"):
        feed()
    assert sent("finished", FinishJob) == [FinishJob(job_id=job.job_id)]


def test_while_postgresql_is_away_it_says_so_and_the_next_round_finds_it_again(
    connection: Connection, new_job: NewJob, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_job(JobStatus.FINALIZING)
    age(connection, timedelta(minutes=11))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DutiesFailedError, match=r"^webhooks_sent, .*, jobs_deleted$"):
        feed()


class Slow:
    """A duty that takes its time, and notes how much it was given."""

    def __init__(self, clock: "Clock", seconds: float = 0) -> None:
        self.given: list[float] = []
        self._clock = clock
        self._seconds = seconds

    def __call__(self, time_left: TimeLeft) -> int:
        self.given.append(time_left())
        self._clock.now += self._seconds
        return 0


class Clock:
    """Stands still until a duty takes its time."""

    def __init__(self) -> None:
        self.now = 0.0

    def left(self) -> float:
        return SIZES["janitor"].timeout - self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("janitor.rounds.time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_a_slow_duty_leaves_time_for_those_behind_it(clock: Clock) -> None:
    duties = {"slow": Slow(clock, MOST), **{str(n): Slow(clock) for n in range(9)}}
    done = Round(duties, Logger(service="rounds")).run(time_left=clock.left)
    assert list(done) == list(duties)
    assert duties["slow"].given == [MOST]
    assert all(given >= KEPT for duty in duties.values() for given in duty.given)


def test_duties_that_take_more_than_they_were_given_keep_no_other_from_its_turn_for_long(
    clock: Clock,
) -> None:
    """Each of three takes all the time that there is: a source of statements that are given up, or
    a service that does not answer."""
    duties = {name: Slow(clock, 50 if name in "abc" else 0) for name in "abcdefghij"}
    rounds = Round(duties, Logger(service="rounds"))
    done: list[set[str]] = []
    for number in range(10):
        clock.now = 0.0
        done.append(set(rounds.run(time_left=clock.left, number=number)))
    for name in duties:
        assert any(name in each for each in done), name
    for each in done:
        assert len(each & {"a", "b", "c"}) == 1


def test_no_duty_begins_when_a_statement_could_outlast_the_function(clock: Clock) -> None:
    assert RESERVE > STATEMENT_SECONDS
    duties = {"first": Slow(clock, clock.left() - RESERVE), "second": Slow(clock)}
    assert list(Round(duties, Logger(service="rounds")).run(time_left=clock.left)) == ["first"]


def test_each_minute_begins_with_another_duty(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    firsts = {next(iter(feed(minute=minute))) for minute in range(len(NOTHING))}
    assert firsts == set(NOTHING)
    assert feed(seconds=RESERVE) == {}


def block(connection: Connection, job: Job) -> None:
    """Lets every change of that job fail, as a row that no code expects."""
    connection.execute(
        """
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'not this one'; END $$
        """
    )
    for event in ("UPDATE", "DELETE"):
        connection.execute(
            f"CREATE TRIGGER refuse_{event} BEFORE {event} ON jobs FOR EACH ROW"
            f" WHEN (OLD.job_id = '{job.job_id}') EXECUTE FUNCTION refuse()"
        )


@pytest.mark.parametrize(
    ("duty", "status", "hours", "tries"),
    [
        ("images_repeated", JobStatus.PROCESSING, 1, 0),
        ("images_given_up", JobStatus.PROCESSING, 25, 5),
        ("jobs_rejected", JobStatus.INGESTING, 25, 5),
        ("jobs_deleted", JobStatus.COMPLETED, 91 * 24, 0),
    ],
)
def test_a_job_for_which_a_duty_fails_holds_up_no_other(
    *,
    connection: Connection,
    new_job: NewJob,
    duty: str,
    status: JobStatus,
    hours: int,
    tries: int,
) -> None:
    """Though it is the oldest, and so the first in each round."""
    broken, _ = new_job(status, images=1), new_job(status, images=1)
    if status == JobStatus.COMPLETED:
        connection.execute("UPDATE jobs SET completed_at = now()")
    pause(connection, timedelta(hours=hours), repairs=tries)
    if tries:  # and the duties that would try once more have just done so
        connection.execute("UPDATE jobs SET repaired_at = now()")
    block(connection, broken)
    minute = list(NOTHING).index(duty)
    with pytest.raises(DutiesFailedError, match=rf"^{duty}$"):
        feed(minute=minute)
    if duty == "jobs_deleted":
        assert connection.execute("SELECT job_id FROM jobs").fetchall() == [(broken.job_id,)]
    else:
        [(changed,)] = connection.execute(
            "SELECT count(*) FROM jobs WHERE repairs <> %s OR images_failed > 0 OR status <> %s",
            [tries, status],
        ).fetchall()
        assert changed == 1


def test_an_upload_that_cannot_be_looked_for_holds_up_no_other(
    connection: Connection, new_job: NewJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _ = new_job(JobStatus.AWAITING_UPLOAD), new_job(JobStatus.AWAITING_UPLOAD)
    age(connection, timedelta(hours=2))
    key = keys.upload

    def upload(job_id: UUID) -> str:
        if job_id == broken.job_id:
            raise RuntimeError
        return key(job_id)

    monkeypatch.setattr(keys, "upload", upload)
    with pytest.raises(DutiesFailedError, match=r"^uploads_found_or_expired$"):
        feed()
    [(expired,)] = connection.execute(
        "SELECT count(*) FROM jobs WHERE status = 'expired'"
    ).fetchall()
    assert expired == 1
