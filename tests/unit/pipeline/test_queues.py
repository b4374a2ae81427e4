"""The queue client, against moto's SQS and one that throttles."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import pytest
from botocore.stub import Stubber
from mypy_boto3_sqs import SQSClient

from pipeline import queues
from pipeline.messages import FinishJob, ImageFinished, ImagesFinished, ProcessImage
from pipeline.options import ImageOptions
from pipeline.queues import Malformed, Queue, Received, SendFailedError, failures, received


@pytest.fixture
def url(sqs: SQSClient) -> str:
    return sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that would have been made, in seconds."""
    pauses: list[float] = []
    monkeypatch.setattr(queues.time, "sleep", pauses.append)  # type: ignore[attr-defined]
    return pauses


Requests = list[list[dict[str, Any]]]


@pytest.fixture
def requests(sqs: SQSClient) -> Requests:
    """The entries of each SendMessageBatch."""
    seen: Requests = []

    def note(params: dict[str, Any], **_: object) -> None:
        seen.append(params["Entries"])

    sqs.meta.events.register("provide-client-params.sqs.SendMessageBatch", note)
    return seen


def jobs(count: int) -> list[FinishJob]:
    return [FinishJob(job_id=uuid4()) for _ in range(count)]


def taken(sqs: SQSClient, url: str) -> list[FinishJob]:
    found: list[FinishJob] = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [FinishJob.model_validate_json(each["Body"]) for each in batch]
    return found


@pytest.mark.parametrize("count", [0, 1, 10, 11, 57])
def test_everything_arrives_once_in_batches_of_ten(
    sqs: SQSClient, url: str, requests: Requests, count: int
) -> None:
    messages = jobs(count)
    assert Queue(sqs, url).send(iter(messages)) == count
    assert sorted(len(each) for each in requests) == sorted(
        [10] * (count // 10) + [count % 10] * bool(count % 10)
    )
    assert {each.job_id for each in taken(sqs, url)} == {each.job_id for each in messages}


def test_a_batch_stays_within_the_bytes_that_sqs_takes(
    sqs: SQSClient, url: str, requests: Requests
) -> None:
    outcome = ImageFinished.model_validate(
        {
            "job_id": uuid4(),
            "position": 0,
            "status": "failed",
            "error": {"code": "not_found", "message": "é" * 10_000},
        }
    )
    large = ImagesFinished(outcomes=[outcome] * 5)  # 100 kB in UTF-8
    Queue(sqs, url).send([large] * 5)
    assert sorted(len(each) for each in requests) == [1, 2, 2]


def test_what_has_no_value_is_not_sent(sqs: SQSClient, url: str, requests: Requests) -> None:
    Queue(sqs, url).send([process_image()])
    [[entry]] = requests
    assert "null" not in entry["MessageBody"]


@pytest.mark.parametrize(("delay", "entry"), [(0, None), (60, 60)])
def test_a_delay_is_asked_of_sqs(
    sqs: SQSClient, url: str, requests: Requests, delay: int, entry: int | None
) -> None:
    Queue(sqs, url).send(jobs(1), delay=delay)
    assert requests[0][0].get("DelaySeconds") == entry


def test_a_message_goes_into_the_group_that_is_asked_for(
    sqs: SQSClient, url: str, requests: Requests
) -> None:
    message = process_image()
    Queue(sqs, url, group=lambda each: str(each.tenant_id)).send([message])
    Queue(sqs, url).send([message])
    [grouped], [plain] = requests
    assert grouped["MessageGroupId"] == str(message.tenant_id)
    assert "MessageGroupId" not in plain


class Throttling:
    """Stands in for the client of a queue that refuses the entries it is told to."""

    def __init__(self, refused: Iterable[set[str]]) -> None:
        self.requests: list[list[str]] = []
        self._refused = iter(refused)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 (boto3's names)
        refused = next(self._refused)
        self.requests.append([entry["Id"] for entry in Entries])
        return {
            "Successful": [{"Id": each["Id"]} for each in Entries if each["Id"] not in refused],
            "Failed": [
                {"Id": each, "Code": "Throttled", "Message": "Slow down."} for each in refused
            ],
        }


def test_only_what_was_refused_is_sent_again(no_pauses: list[float]) -> None:
    client = Throttling([{"1", "3"}, {"3"}, set()])
    queue = Queue(client, "https://sqs.example/work")  # type: ignore[arg-type]  # a fake
    assert queue.send(jobs(5)) == 5
    assert client.requests == [["0", "1", "2", "3", "4"], ["1", "3"], ["3"]]
    assert 0.05 <= no_pauses[0] <= 0.1 < no_pauses[1] <= 0.2


def test_what_is_refused_for_too_long_is_an_error(no_pauses: list[float]) -> None:
    client = Throttling([{"0"}] * queues.SEND_TRIES)
    queue = Queue(client, "https://sqs.example/work")  # type: ignore[arg-type]  # a fake
    with pytest.raises(SendFailedError) as caught:
        queue.send(jobs(2))
    assert str(caught.value) == (
        "https://sqs.example/work: SQS refused 1 of 2 messages 6 times: Throttled (Slow down.)"
    )
    assert sum(no_pauses) < 4


def test_one_batch_that_fails_fails_the_whole(no_pauses: list[float]) -> None:
    client = Throttling([set(), *[{"0"}] * 100])
    queue = Queue(client, "https://sqs.example/work")  # type: ignore[arg-type]  # a fake
    with pytest.raises(SendFailedError):
        queue.send(jobs(30))


def test_the_depth_counts_messages_in_every_state(sqs: SQSClient, url: str) -> None:
    queue = Queue(sqs, url)
    assert queue.depth() == 0
    queue.send(jobs(3))
    queue.send(jobs(2), delay=60)
    sqs.receive_message(QueueUrl=url)
    assert queue.depth() == 5


def test_a_queue_that_is_gone_is_an_error(sqs: SQSClient, url: str) -> None:
    with Stubber(sqs) as stub:
        stub.add_client_error("send_message_batch", "QueueDoesNotExist")
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            Queue(sqs, url).send(jobs(1))


def record(body: str, *, number: int = 1, receives: int = 1) -> dict[str, Any]:
    return {
        "messageId": f"m{number}",
        "receiptHandle": f"r{number}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receives)},
    }


def test_a_message_is_read_with_what_sqs_says_about_it() -> None:
    [message] = jobs(1)
    event = {"Records": [record(message.model_dump_json(), receives=3)]}
    assert list(received(event, FinishJob)) == [Received("m1", "r1", 3, message)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="no JSON"),
        pytest.param("[]", id="another shape"),
        pytest.param("{}", id="a field missing"),
        pytest.param('{"job_id": "x"}', id="a value wrong"),
    ],
)
def test_a_body_that_is_none_of_ours_is_told_apart_and_does_not_stop_the_others(body: str) -> None:
    [message] = jobs(1)
    event = {"Records": [record(body), record(message.model_dump_json(), number=2)]}
    first, second = received(event, FinishJob)
    assert isinstance(first, Malformed)
    assert first.message_id == "m1"
    assert isinstance(second, Received)


def test_the_reason_repeats_nothing_that_was_sent() -> None:
    [malformed] = received({"Records": [record('{"job_id": "https://u:secret@x"}')]}, FinishJob)
    assert isinstance(malformed, Malformed)
    assert "secret" not in malformed.reason


@pytest.mark.parametrize(
    "character",
    ["\ufffe", "\uffff", "\x00", "\x1b", "\N{FISH}"],
    ids=["U+FFFE", "U+FFFF", "U+0000", "U+001B", "U+1F41F"],
)
def test_every_character_arrives_though_sqs_takes_only_those_of_xml(
    sqs: SQSClient, url: str, requests: Requests, character: str
) -> None:
    """XML 1.0, section 2.2, says AWS of SendMessageBatch."""
    image = process_image().model_copy(update={"product": f"Cup {character} blue"})
    Queue(sqs, url).send([image])
    [[entry]] = requests
    assert not re.search(
        "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", entry["MessageBody"]
    )
    assert ProcessImage.model_validate_json(entry["MessageBody"]) == image


def test_failures_name_the_messages_that_are_to_come_again() -> None:
    assert failures(["a", "b"]) == {
        "batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]
    }
    assert failures([]) == {"batchItemFailures": []}


def process_image() -> ProcessImage:
    return ProcessImage(
        tenant_id=uuid4(),
        job_id=uuid4(),
        position=0,
        url="https://shop.example/1.jpg",
        options=ImageOptions().stored(),
    )
