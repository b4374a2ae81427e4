"""What fails by itself holds up no other: it is found by halves, named, and put aside."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from mypy_boto3_sqs import SQSClient
from pydantic import BaseModel

from database import deliveries, delivery_attempts, jobs, redeliveries
from database.connection import Connection
from database.deliveries import Delivery
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.messages import DeliveryAttempted, Failure, ImageFinished, ImagesFinished
from pipeline.states import DeliveryStatus, ImageStatus, JobEvent
from recorder import handler as entry
from recorder.handler import dead_letters, handler, recording, redelivery
from recorder.recording import LAST_HALVE
from tests.handlers.test_recorder import Context
from webhooks import schedule

NewJob = Callable[..., Job]
HOOK = "https://shop.example/hook"
STATEMENT_SECONDS = 0.5


@pytest.fixture
def queues(sqs: SQSClient) -> dict[str, str]:
    return {
        name: sqs.create_queue(QueueName=name)["QueueUrl"]
        for name in ("finished", "deliveries", "outcomes", "outcomes-dead")
    }


@pytest.fixture(autouse=True)
def environment(
    queues: dict[str, str], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("API_URL", "https://api.example")
    monkeypatch.setenv("FINISHED_QUEUE_URL", queues["finished"])
    monkeypatch.setenv("DELIVERIES_QUEUE_URL", queues["deliveries"])
    monkeypatch.setenv("OUTCOMES_DEAD_QUEUE_URL", queues["outcomes-dead"])
    # A logger lives as long as the process, and writes to the stdout it began with.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"recorder-{uuid4()}")
    monkeypatch.setattr(entry, "STATEMENT_SECONDS", STATEMENT_SECONDS)
    for cached in (recording, dead_letters, redelivery):
        cached.cache_clear()
    yield
    recording().database.close()
    for cached in (recording, dead_letters, redelivery):
        cached.cache_clear()


def feed(*messages: BaseModel, receives: int = 1, seconds: float = 60) -> list[str]:
    """Returns the numbers of those that come again."""
    records = [
        {
            "messageId": str(number),
            "receiptHandle": str(number),
            "body": message.model_dump_json(exclude_none=True),
            "attributes": {"ApproximateReceiveCount": str(receives)},
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:outcomes",
        }
        for number, message in enumerate(messages)
    ]
    answer = handler({"Records": records}, Context(seconds))
    return sorted(each["itemIdentifier"] for each in answer["batchItemFailures"])


def aside(sqs: SQSClient, queues: dict[str, str]) -> list[dict[str, Any]]:
    answer = sqs.receive_message(
        QueueUrl=queues["outcomes-dead"],
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
    )
    return [
        json.loads(each["Body"]) | {"reason": each["MessageAttributes"]["Reason"]["StringValue"]}
        for each in answer.get("Messages", [])
    ]


def opened(connection: Connection, job: Job) -> Delivery:
    deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
    [delivery] = deliveries.of_job(connection, job.job_id)
    return delivery


def attempted(delivery_id: UUID, attempt: int = 1) -> DeliveryAttempted:
    return DeliveryAttempted(
        delivery_id=delivery_id,
        attempt=attempt,
        at=datetime.now(UTC),
        milliseconds=5,
        status_code=503,
    )


def finished(job: Job, positions: Sequence[int] = (0,)) -> ImagesFinished:
    error = Failure(code=ImageErrorCode.NOT_FOUND, message="Gone.")
    return ImagesFinished(
        outcomes=[
            ImageFinished(
                job_id=job.job_id, position=position, status=ImageStatus.FAILED, error=error
            )
            for position in positions
        ]
    )


def pending(connection: Connection, job: Job) -> int:
    found = jobs.get(connection, job.job_id)
    assert found is not None
    return found.images_pending


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> Callable[[UUID], None]:
    """Lets the code fail over the reports of one delivery."""

    def make(delivery_id: UUID) -> None:
        next_step = schedule.next_step

        def failing(report: DeliveryAttempted, **more: int) -> schedule.NextStep:
            if report.delivery_id == delivery_id:
                raise IndexError("tuple index out of range")
            return next_step(report, **more)

        monkeypatch.setattr(schedule, "next_step", failing)

    return make


def test_a_report_from_before_it_was_sent_again_ten_times_decides_nothing(
    connection: Connection, new_job: NewJob, sqs: SQSClient, queues: dict[str, str]
) -> None:
    job, other = (new_job(images=1, webhook_url=HOOK) for _ in range(2))
    delivery_id = opened(connection, job).delivery_id
    for attempt in range(2, 12):
        assert feed(attempted(delivery_id, attempt)) == []
        redeliveries.begin(connection, delivery_id, tenant_id=job.tenant_id)
    [before] = deliveries.of_job(connection, job.job_id)
    assert feed(attempted(delivery_id, 1), finished(other)) == []
    assert deliveries.of_job(connection, job.job_id) == [before]
    assert (before.status, before.attempts) == (DeliveryStatus.PENDING, 11)
    logged = delivery_attempts.of_deliveries(connection, [delivery_id])
    assert [each.attempt for each in logged] == list(range(1, 12))
    assert pending(connection, other) == 0
    assert aside(sqs, queues) == []


def test_a_report_over_which_the_code_fails_is_put_aside_and_its_neighbours_are_recorded(
    *,
    connection: Connection,
    new_job: NewJob,
    sqs: SQSClient,
    queues: dict[str, str],
    bug: Callable[[UUID], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = [new_job(images=3, webhook_url=HOOK) for _ in range(3)]
    [first, poison, last] = [opened(connection, job).delivery_id for job in made]
    bug(poison)
    messages = [
        finished(made[0], [0, 1]), attempted(first), attempted(poison), attempted(last),
        finished(made[2], [2]),
    ]  # fmt: skip
    assert feed(*messages) == []
    assert [pending(connection, job) for job in made] == [1, 3, 2]
    logged = delivery_attempts.of_deliveries(connection, [first, poison, last])
    assert [each.delivery_id for each in logged] == [first, last]
    [letter] = aside(sqs, queues)
    assert (letter["delivery_id"], letter["attempt"]) == (str(poison), 1)
    assert letter["reason"] == "IndexError: tuple index out of range"
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [named] = [each for each in said if each.get("message") == "message put aside"]
    assert (named["message_id"], named["level"]) == ("2", "ERROR")
    assert any(each.get("MessagesPutAside") == [1.0] for each in said)


def test_where_nothing_is_recorded_a_message_is_put_aside_when_it_comes_for_the_tenth_time(
    connection: Connection,
    new_job: NewJob,
    sqs: SQSClient,
    queues: dict[str, str],
    bug: Callable[[UUID], None],
) -> None:
    """Until then the fault may be ours: a table that is not there yet, for all messages."""
    poison = opened(connection, new_job(webhook_url=HOOK)).delivery_id
    bug(poison)
    assert [feed(attempted(poison), receives=n) for n in range(1, 10)] == [["0"]] * 9
    assert aside(sqs, queues) == []
    assert feed(attempted(poison), receives=10) == []
    assert len(aside(sqs, queues)) == 1


def test_a_message_that_cannot_be_put_aside_comes_again(
    connection: Connection,
    new_job: NewJob,
    sqs: SQSClient,
    queues: dict[str, str],
    bug: Callable[[UUID], None],
) -> None:
    job = new_job(images=1, webhook_url=HOOK)
    poison = opened(connection, job).delivery_id
    bug(poison)
    sqs.delete_queue(QueueUrl=queues["outcomes-dead"])
    assert feed(attempted(poison), finished(job)) == ["0"]
    assert pending(connection, job) == 0


def test_a_job_that_somebody_keeps_locked_holds_up_no_other(
    connection: Connection,
    database_url: str,
    new_job: NewJob,
    sqs: SQSClient,
    queues: dict[str, str],
) -> None:
    """What took too long is nobody's fault: it comes again, and is not put aside."""
    made = [new_job(images=2) for _ in range(4)]
    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM jobs WHERE job_id = %s FOR UPDATE", [made[2].job_id])
        assert feed(*(finished(job) for job in made), receives=10) == ["2"]
    assert [pending(connection, job) for job in made] == [1, 1, 2, 1]
    assert aside(sqs, queues) == []
    assert feed(finished(made[2])) == []
    assert pending(connection, made[2]) == 1


def test_without_time_for_another_try_the_rest_comes_again(
    connection: Connection, database_url: str, new_job: NewJob
) -> None:
    made = [new_job(images=2) for _ in range(4)]
    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM jobs WHERE job_id = %s FOR UPDATE", [made[0].job_id])
        again = feed(*(finished(job) for job in made), seconds=LAST_HALVE)
    assert again == ["0", "1", "2", "3"]
    assert [pending(connection, job) for job in made] == [2] * 4


def test_a_server_that_goes_away_in_the_middle_blames_no_message(
    connection: Connection,
    new_job: NewJob,
    sqs: SQSClient,
    queues: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = new_job(images=1, webhook_url=HOOK)
    delivery_id = opened(connection, job).delivery_id

    def restarted(_report: DeliveryAttempted, **_: int) -> schedule.NextStep:
        raise psycopg.errors.AdminShutdown("terminating connection")

    monkeypatch.setattr(schedule, "next_step", restarted)
    with pytest.raises(psycopg.OperationalError):
        feed(finished(job), attempted(delivery_id), receives=10)
    assert pending(connection, job) == 1
    assert aside(sqs, queues) == []


def test_what_closed_a_job_before_the_server_went_away_is_told(
    *,
    connection: Connection,
    new_job: NewJob,
    sqs: SQSClient,
    queues: dict[str, str],
    bug: Callable[[UUID], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its batch comes again, but then the job is closed already."""
    job, gone = new_job(images=1), new_job(webhook_url=HOOK)
    bug(opened(connection, gone).delivery_id)
    monkeypatch.setattr(
        "recorder.recording._storable",
        lambda _: (_ for _ in ()).throw(psycopg.errors.AdminShutdown("terminating connection")),
    )
    [delivery] = deliveries.of_job(connection, gone.job_id)
    with pytest.raises(psycopg.OperationalError):
        feed(finished(job), attempted(delivery.delivery_id))
    answer = sqs.receive_message(QueueUrl=queues["finished"])
    assert [json.loads(each["Body"]) for each in answer["Messages"]] == [
        {"job_id": str(job.job_id)}
    ]
