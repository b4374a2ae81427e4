"""The recorder function, fed with events of its three queues, over a real PostgreSQL."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from mypy_boto3_sqs import SQSClient

from database import deliveries, delivery_attempts, images, jobs, redeliveries
from database.connection import Connection
from pipeline.job import Job
from pipeline.messages import DeliverWebhook, FinishJob, Message
from pipeline.states import DeliveryStatus, JobEvent, JobStatus
from recorder.handler import dead_letters, handler, recording, redelivery

EVENTS = Path(__file__).parents[2] / "events"
JOB = UUID("01990000-0000-7000-8000-000000000001")
DELIVERY = UUID("01990000-0000-7000-8000-0000000000d1")

NewJob = Callable[..., Job]


@pytest.fixture
def queues(sqs: SQSClient) -> dict[str, str]:
    return {
        name: sqs.create_queue(QueueName=name)["QueueUrl"]
        for name in ("finished", "deliveries", "outcomes-dead")
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
    for cached in (recording, dead_letters, redelivery):
        cached.cache_clear()
    yield
    recording().database.close()
    for cached in (recording, dead_letters, redelivery):
        cached.cache_clear()


@pytest.fixture
def job(connection: Connection, new_job: NewJob) -> Job:
    """The job that the events speak of, with two pending images and a delivery."""
    job = new_job(images=2, webhook_url="https://shop.example/hook")
    for table in ("jobs", "images", "csv_rows"):
        connection.execute(
            f"UPDATE {table} SET job_id = %s WHERE job_id = %s",
            [JOB, job.job_id],
        )
    found = jobs.get(connection, JOB)
    assert found is not None
    deliveries.open_delivery(connection, found, JobEvent.PROCESSING, body='{"type":"x"}')
    connection.execute("UPDATE deliveries SET delivery_id = %s", [DELIVERY])
    return found


def event(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return value


class Context(LambdaContext):
    """With a minute left, or as much as a test gives."""

    def __init__(self, seconds: float = 60) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # static there
        return round((self._end - time.monotonic()) * 1000)


def feed(name: str) -> dict[str, Any]:
    return handler(event(name), Context())


def sent(sqs: SQSClient, url: str, kind: type[Message]) -> list[Message]:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [kind.model_validate_json(each["Body"]) for each in answer.get("Messages", [])]


def counts(connection: Connection) -> tuple[str, int, int, int]:
    job = jobs.get(connection, JOB)
    assert job is not None
    return job.status, job.images_pending, job.images_succeeded, job.images_failed


def test_a_batch_is_counted_and_its_last_image_closes_the_job(
    job: Job, connection: Connection, sqs: SQSClient, queues: dict[str, str]
) -> None:
    feed("recorder-outcomes")
    assert counts(connection) == (JobStatus.FINALIZING, 0, 1, 1)
    assert sent(sqs, queues["finished"], FinishJob) == [FinishJob(job_id=JOB)]
    [first, second] = images.page(connection, JOB, status=None, after=-1, limit=10)
    assert (first.output_bytes, first.output_sha256) == (3000, bytes.fromhex("ab" * 32))
    assert (second.error_code, second.output_url) == ("not_found", None)


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "images_reused"), ("status", "reused")], ids=["kind", "status"]
)
def test_an_outcome_that_only_a_newer_release_can_record_is_left_to_that(
    job: Job, connection: Connection, field: str, value: str
) -> None:
    """Whatever else the batch holds is recorded."""
    sent = event("recorder-outcomes")
    message = json.loads(sent["Records"][0]["body"])
    (message if field == "kind" else message["outcomes"][0])[field] = value
    sent["Records"][0]["body"] = json.dumps(message)
    again = [each["itemIdentifier"] for each in handler(sent, LambdaContext())["batchItemFailures"]]
    assert sent["Records"][0]["messageId"] in again
    assert sent["Records"][1]["messageId"] not in again
    assert counts(connection) == (JobStatus.PROCESSING, 2, 0, 0)


def test_a_failure_of_a_newer_release_is_recorded_under_its_code(
    job: Job, connection: Connection
) -> None:
    sent = event("recorder-outcomes")
    sent["Records"][0]["body"] = sent["Records"][0]["body"].replace("not_found", "sanctioned")
    handler(sent, LambdaContext())
    assert counts(connection) == (JobStatus.FINALIZING, 0, 1, 1)
    [_, second] = images.page(connection, JOB, status=None, after=-1, limit=10)
    assert second.error_code == "sanctioned"


def test_a_message_that_cannot_be_read_comes_back_alone(job: Job) -> None:
    assert feed("recorder-outcomes") == {
        "batchItemFailures": [{"itemIdentifier": "00000000-0000-4000-8000-000000000003"}]
    }


def test_progress_is_announced_by_the_batch_that_makes_it(
    job: Job, connection: Connection, sqs: SQSClient, queues: dict[str, str]
) -> None:
    connection.execute("UPDATE jobs SET images_total = 4")
    feed("recorder-outcomes")
    feed("recorder-outcomes")
    [announced] = [
        each for each in deliveries.of_job(connection, JOB) if each.event == JobEvent.PROGRESS
    ]
    [body] = [
        message.body
        for message in sent(sqs, queues["deliveries"], DeliverWebhook)
        if isinstance(message, DeliverWebhook) and message.delivery_id == announced.delivery_id
    ]
    data = json.loads(body)["data"]
    assert (data["status"], data["progress"]) == ("processing", 0.5)


def test_a_repeated_batch_changes_nothing(
    job: Job, connection: Connection, sqs: SQSClient, queues: dict[str, str]
) -> None:
    feed("recorder-outcomes")
    before = connection.execute("SELECT * FROM jobs").fetchall()
    feed("recorder-outcomes")
    assert connection.execute("SELECT * FROM jobs").fetchall() == before
    assert len(sent(sqs, queues["finished"], FinishJob)) == 1
    [delivery] = deliveries.of_job(connection, JOB)
    assert delivery.attempts == 1


def test_a_failed_attempt_is_logged_and_the_next_one_queued(
    job: Job, connection: Connection, sqs: SQSClient, queues: dict[str, str]
) -> None:
    feed("recorder-outcomes")
    [attempt] = delivery_attempts.of_deliveries(connection, [DELIVERY])
    assert (attempt.attempt, attempt.status_code, attempt.milliseconds) == (1, 503, 120)
    told = sqs.get_queue_attributes(
        QueueUrl=queues["deliveries"], AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert told["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"
    [(seconds,)] = connection.execute(
        "SELECT extract(epoch FROM next_attempt_at - now()) FROM deliveries"
    ).fetchall()
    assert 20 < seconds <= 30  # as the receiver asked


def test_an_image_that_kept_killing_the_processor_has_failed(
    job: Job, connection: Connection
) -> None:
    assert feed("recorder-dead-image") == {"batchItemFailures": []}
    assert counts(connection) == (JobStatus.PROCESSING, 1, 0, 1)
    [image] = images.page(connection, JOB, status=None, after=-1, limit=1)
    assert image.error_code == "internal_error"
    assert image.error_message == "The image could not be processed."


def test_a_delivery_that_kept_killing_the_notifier_counts_as_a_failed_attempt(
    job: Job, connection: Connection
) -> None:
    assert feed("recorder-dead-delivery") == {"batchItemFailures": []}
    [attempt] = delivery_attempts.of_deliveries(connection, [DELIVERY])
    assert (attempt.status_code, attempt.error) == (None, "internal_error")
    [delivery] = deliveries.of_job(connection, JOB)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.PENDING, 1)


def test_a_delivery_sent_again_during_its_last_try_has_all_its_tries_before_it(
    job: Job, connection: Connection
) -> None:
    connection.execute("UPDATE deliveries SET attempts = 9, queued_until = now() + '1 minute'")
    redeliveries.begin(connection, DELIVERY, tenant_id=job.tenant_id)
    tenth = event("recorder-outcomes")
    tenth["Records"] = [each for each in tenth["Records"] if '"delivery_attempted"' in each["body"]]
    for record in tenth["Records"]:
        record["body"] = json.dumps({**json.loads(record["body"]), "attempt": 10})
    handler(tenth, Context())
    [delivery] = deliveries.of_job(connection, JOB)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.PENDING, 10)
    assert delivery.next_attempt_at is not None


def test_outcomes_of_a_job_that_is_gone_are_ignored(connection: Connection) -> None:
    assert len(feed("recorder-outcomes")["batchItemFailures"]) == 1
    assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param({"output_url": "https://a.example/\x00"}, id="what text cannot hold"),
        pytest.param({"output": {"sha256": "xyz"}}, id="what is no hexadecimal"),
    ],
)
def test_an_outcome_that_postgresql_refuses_fails_its_image_and_blocks_no_other(
    job: Job,
    connection: Connection,
    sqs: SQSClient,
    queues: dict[str, str],
    poison: dict[str, Any],
) -> None:
    batch = event("recorder-outcomes")
    body = json.loads(batch["Records"][0]["body"])
    [succeeded, failed] = body["outcomes"]
    for key, value in poison.items():
        succeeded[key] = succeeded[key] | value if isinstance(value, dict) else value
    batch["Records"][0]["body"] = json.dumps({**body, "outcomes": [succeeded, failed]})
    handler(batch, Context())
    assert counts(connection) == (JobStatus.FINALIZING, 0, 0, 2)
    [first, second] = images.page(connection, JOB, status=None, after=-1, limit=2)
    assert (first.error_code, second.error_code) == ("internal_error", "not_found")
    assert len(sent(sqs, queues["finished"], FinishJob)) == 1
    assert len(delivery_attempts.of_deliveries(connection, [DELIVERY])) == 1


def test_the_whole_batch_comes_back_while_postgresql_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(psycopg.OperationalError):
        feed("recorder-outcomes")


def test_a_connection_that_was_lost_meanwhile_costs_nothing(
    job: Job, connection: Connection
) -> None:
    feed("recorder-dead-image")
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    feed("recorder-outcomes")
    assert counts(connection) == (JobStatus.FINALIZING, 0, 0, 2)


def attempted(delivery_id: UUID, **came_back: Any) -> dict[str, Any]:
    """The event of a single report."""
    [_, record, _] = event("recorder-outcomes")["Records"]
    body = json.loads(record["body"]) | {"delivery_id": str(delivery_id)}
    body = {name: value for name, value in (body | came_back).items() if value is not None}
    return {"Records": [record | {"body": json.dumps(body)}]}


SILENT = {"status_code": None, "retry_after": None, "error": "timeout", "milliseconds": 15_000}


def test_of_a_receiver_that_is_silent_one_delivery_is_queued_again_and_the_others_wait(
    job: Job, connection: Connection
) -> None:
    for milestone in range(1, 5):
        deliveries.open_delivery(connection, job, JobEvent.PROGRESS, body="{}", milestone=milestone)
    handler(attempted(DELIVERY, **SILENT), Context())
    under_way = connection.execute("SELECT count(*) FROM deliveries WHERE queued_until > now()")
    assert under_way.fetchall() == [(1,)]
    waiting = connection.execute(
        "SELECT status, attempts FROM deliveries"
        " WHERE queued_until IS NULL AND next_attempt_at > now() + interval '55 s'"
    )
    assert waiting.fetchall() == [("pending", 0)] * 4


@pytest.mark.parametrize(
    ("came_back", "is_known"),
    [
        ({"status_code": 204}, False),
        (SILENT | {"error": "unreachable", "milliseconds": 20}, False),
        (SILENT | {"error": "internal_error", "milliseconds": 0}, True),
        (SILENT, True),
    ],
    ids=["an answer", "refused at once", "its notifier ended", "no answer again"],
)
def test_what_came_back_says_whether_a_receiver_is_still_silent(
    job: Job, connection: Connection, came_back: dict[str, Any], *, is_known: bool
) -> None:
    handler(attempted(DELIVERY, **SILENT), Context())
    handler(attempted(DELIVERY, attempt=2, **came_back), Context())
    known = connection.execute("SELECT host FROM silent_receivers").fetchall()
    assert known == ([("shop.example",)] if is_known else [])
