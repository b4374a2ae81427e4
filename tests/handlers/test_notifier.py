"""The notifier function, fed with deliveries to a real receiver that verifies what arrives."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from mypy_boto3_sqs import SQSClient
from standardwebhooks import Webhook

from notifier.handler import handler, notifying
from outbound.answers import Reply
from outbound.client import Client
from pipeline.messages import DeliverWebhook, DeliveryAttempted
from webhooks import signing

EVENTS = Path(__file__).parents[2] / "events"
SECRET = "whsec_" + "c2VjcmV0" * 4
BODY = '{"type":"job.completed","data":{"filename":"Gläser ☕.csv"}}'


@dataclass
class Answer:
    status: int | None = 204
    """None to hang up without a word."""
    headers: dict[str, str] = field(default_factory=dict)
    awaited: threading.Event | None = None
    """What must have happened before it is given, if anything; not for ever, as all waiting."""


class Receiver(ThreadingHTTPServer):
    """Somebody's webhook endpoint: remembers what came, answers as the path says."""

    daemon_threads = True

    def __init__(self, answers: dict[str, Answer]) -> None:
        super().__init__(("127.0.0.1", 0), Endpoint)
        self.answers = answers
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.six = threading.Event()
        """As many have come."""

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Endpoint(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver = cast("Receiver", self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.got.append((self.path, headers, body))
        if len(receiver.got) == 6:
            receiver.six.set()
        answer = receiver.answers[self.path]
        if answer.awaited is not None:
            answer.awaited.wait(30)
        if answer.status is None:
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    answers = {
        "/ok": Answer(),
        "/busy": Answer(429, {"Retry-After": "90"}),
        "/gone": Answer(410),
        "/moved": Answer(302, {"Location": "/ok"}),
    }
    with Receiver(answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def outcomes(sqs: SQSClient) -> str:
    return sqs.create_queue(QueueName="outcomes")["QueueUrl"]


@pytest.fixture(autouse=True)
def environment(outcomes: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OUTCOMES_QUEUE_URL", outcomes)
    monkeypatch.setenv("ALLOWED_NETWORKS", "127.0.0.1/32")
    monkeypatch.setenv("CONTACT", "")
    # A logger lives as long as the process, and writes to the stdout it began with.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"notifier-{uuid4()}")
    notifying.cache_clear()
    yield
    notifying().client.close()
    notifying.cache_clear()


@pytest.fixture
def reports(sqs: SQSClient, outcomes: str) -> Callable[[], dict[UUID, DeliveryAttempted]]:
    def read() -> dict[UUID, DeliveryAttempted]:
        answer = sqs.receive_message(QueueUrl=outcomes, MaxNumberOfMessages=10)
        found = [
            DeliveryAttempted.model_validate_json(each["Body"])
            for each in answer.get("Messages", [])
        ]
        return {each.delivery_id: each for each in found}

    return read


Reports = Callable[[], dict[UUID, DeliveryAttempted]]


def delivery(url: str, *, lives: timedelta = timedelta(minutes=4)) -> DeliverWebhook:
    """As the data zone queues it."""
    delivery_id = uuid4()
    now = datetime.now(UTC)
    return DeliverWebhook(
        delivery_id=delivery_id,
        attempt=1,
        url=url,
        headers=signing.headers(
            message_id=str(delivery_id), at=now, body=BODY, signing_secrets=[SECRET]
        ),
        body=BODY,
        expires_at=now + lives,
    )


def feed(*messages: DeliverWebhook, receives: int = 1) -> dict[str, Any]:
    event = json.loads((EVENTS / "notifier.json").read_text(encoding="utf-8"))
    [sample] = event["Records"]
    DeliverWebhook.model_validate_json(sample["body"])
    event["Records"] = [
        sample
        | {"messageId": str(message.delivery_id), "body": message.model_dump_json()}
        | {"attributes": {"ApproximateReceiveCount": str(receives)}}
        for message in messages
    ]
    return handler(event, LambdaContext())


def test_the_receiver_gets_a_request_that_the_public_library_verifies(
    receiver: Receiver, reports: Reports
) -> None:
    message = delivery(receiver.url("/ok"))
    assert feed(message) == {"batchItemFailures": []}
    [(_, headers, body)] = receiver.got
    assert Webhook(SECRET).verify(body, headers) == json.loads(BODY)
    assert headers["webhook-id"] == str(message.delivery_id)
    assert headers["content-type"] == "application/json"
    report = reports()[message.delivery_id]
    assert (report.attempt, report.status_code, report.error) == (1, 204, None)


@pytest.mark.parametrize(
    ("path", "status", "retry_after"),
    [("/busy", 429, 90), ("/gone", 410, None), ("/moved", 302, None)],
)
def test_what_the_receiver_answers_is_reported_and_no_redirect_followed(
    receiver: Receiver, reports: Reports, path: str, status: int, retry_after: float | None
) -> None:
    message = delivery(receiver.url(path))
    feed(message)
    report = reports()[message.delivery_id]
    assert (report.status_code, report.retry_after) == (status, retry_after)
    assert [each[0] for each in receiver.got] == [path]


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.2/hook", "blocked_address"),
        ("http://10.1.2.3/hook", "blocked_address"),
        ("ftp://127.0.0.1/hook", "invalid_url"),
        ("http://127.0.0.1:1/hook", "unreachable"),
    ],
)
def test_an_address_that_cannot_be_reached_is_a_reported_attempt(
    reports: Reports, url: str, error: str
) -> None:
    message = delivery(url)
    assert feed(message) == {"batchItemFailures": []}
    report = reports()[message.delivery_id]
    assert (report.status_code, report.error) == (None, error)


def test_an_attempt_that_fails_as_nobody_thought_of_is_reported_and_harms_no_other(
    receiver: Receiver, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were all of them to come again, the other receiver would get its webhook again."""
    broken, sound = delivery(receiver.url("/gone")), delivery(receiver.url("/ok"))
    post = Client.post

    def failing(client: Client, url: str, **more: Any) -> Reply:
        if url == broken.url:
            raise KeyError(url)
        return post(client, url, **more)

    monkeypatch.setattr(Client, "post", failing)
    assert feed(broken, sound) == {"batchItemFailures": []}
    found = reports()
    assert (found[broken.delivery_id].status_code, found[broken.delivery_id].error) == (
        None,
        "internal_error",
    )
    assert found[sound.delivery_id].status_code == 204


def test_slow_receivers_hold_up_nobody(receiver: Receiver, reports: Reports) -> None:
    """They answer once all of the batch has arrived: one after another, none would."""
    receiver.answers["/slow"] = Answer(awaited=receiver.six)
    slow = [delivery(receiver.url("/slow")) for _ in range(5)]
    feed(*slow, delivery(receiver.url("/ok")))
    assert receiver.six.is_set()
    assert [each.status_code for each in reports().values()] == [204] * 6


def test_a_receiver_that_is_silent_keeps_no_other_request_of_the_batch_waiting(
    receiver: Receiver, reports: Reports
) -> None:
    """Were a request to wait for those before it, they would run out of time."""
    receiver.answers["/silent"] = Answer(None, awaited=receiver.six)
    silent = [delivery(receiver.url("/silent")) for _ in range(5)]
    prompt = delivery(receiver.url("/ok"))
    feed(*silent, prompt)
    found = reports()
    assert found[prompt.delivery_id].status_code == 204
    assert [found[each.delivery_id].error for each in silent] == ["unreachable"] * 5


def test_a_delivery_whose_signature_is_too_old_is_dropped(
    receiver: Receiver, reports: Reports
) -> None:
    expired = delivery(receiver.url("/ok"), lives=timedelta(seconds=-1))
    assert feed(expired) == {"batchItemFailures": []}
    assert receiver.got == []
    assert reports() == {}


def test_a_delivery_that_an_earlier_run_did_not_survive_counts_as_an_attempt(
    receiver: Receiver, reports: Reports
) -> None:
    expired = delivery(receiver.url("/ok"), lives=timedelta(seconds=-1))
    feed(expired, receives=2)
    assert receiver.got == []
    assert reports()[expired.delivery_id].error == "internal_error"


def test_a_message_that_cannot_be_read_comes_back_alone(
    receiver: Receiver, reports: Reports
) -> None:
    event = json.loads((EVENTS / "notifier.json").read_text(encoding="utf-8"))
    event["Records"][0]["body"] = "{}"
    assert handler(event, LambdaContext()) == {
        "batchItemFailures": [{"itemIdentifier": "00000000-0000-4000-8000-000000000001"}]
    }


def test_the_batch_comes_back_when_its_reports_cannot_be_sent(
    receiver: Receiver, sqs: SQSClient, outcomes: str
) -> None:
    sqs.delete_queue(QueueUrl=outcomes)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        feed(delivery(receiver.url("/ok")))
