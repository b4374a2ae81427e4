from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from mypy_boto3_sqs import SQSClient
from pydantic import BaseModel
from standardwebhooks import Webhook

from pipeline.messages import DeliverWebhook, tenant_group
from pipeline.queues import Queue, SendFailedError
from webhooks import outbox, signing

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ONE = UUID(int=1)
TENANT = UUID(int=7)
SECRET = "whsec_" + "c2VjcmV0" * 4
OLD_SECRET = "whsec_" + "b2xkZXIh" * 4


@dataclass(frozen=True)
class Due:
    """As the database claims it."""

    delay: float = 0
    delivery_id: UUID = ONE
    tenant_id: UUID = TENANT
    attempt: int = 1
    url: str = "https://shop.example/hook"
    body: str = '{"type":"job.completed"}'
    secret: str = SECRET
    previous_secret: str | None = None


Sent = list[tuple[int, DeliverWebhook]]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def queue(sqs: SQSClient) -> Queue:
    return Queue(sqs, sqs.create_queue(QueueName="deliveries")["QueueUrl"], group=tenant_group)


@pytest.fixture
def sent(sqs: SQSClient) -> Sent:
    """Delay in seconds and message of each entry that was sent."""
    seen: Sent = []

    def note(params: dict[str, Any], **_: object) -> None:
        for entry in params["Entries"]:
            message = DeliverWebhook.model_validate_json(entry["MessageBody"])
            seen.append((entry.get("DelaySeconds", 0), message))

    sqs.meta.events.register("provide-client-params.sqs.SendMessageBatch", note)
    return seen


def test_a_due_delivery_is_queued_signed(queue: Queue, sent: Sent) -> None:
    assert outbox.queue_due([Due()], queue) == 1
    [(delay, message)] = sent
    assert (delay, message.attempt, message.url) == (0, 1, "https://shop.example/hook")
    assert message.headers["webhook-id"] == str(ONE)
    assert Webhook(SECRET).verify(message.body, message.headers) == {"type": "job.completed"}
    assert message.expires_at == NOW + signing.TOLERANCE


def test_one_that_is_due_is_signed_for_now(queue: Queue, sent: Sent) -> None:
    outbox.queue_due([Due()], queue)
    [(delay, message)] = sent
    assert (delay, message.headers["webhook-timestamp"]) == (0, str(int(NOW.timestamp())))


def test_one_that_is_due_soon_waits_and_is_signed_for_when_it_is(queue: Queue, sent: Sent) -> None:
    outbox.queue_due([Due(delay=30.2)], queue)
    [(delay, message)] = sent
    assert delay == 30
    assert message.headers["webhook-timestamp"] == str(int(NOW.timestamp()) + 30)
    assert message.expires_at == NOW + timedelta(seconds=30) + signing.TOLERANCE


def test_each_is_queued_with_a_delay_of_its_own(queue: Queue, sent: Sent) -> None:
    due = [Due(delivery_id=uuid4(), delay=seconds) for seconds in (0, 5, 5, 60)]
    assert outbox.queue_due(due, queue) == 4
    assert sorted(delay for delay, _ in sent) == [0, 5, 5, 60]


def test_one_that_is_refused_keeps_no_other_from_being_queued(queue: Queue, sent: Sent) -> None:
    class Refusing(Queue):
        def send(self, messages: Iterable[BaseModel], *, delay: int = 0) -> int:
            if delay == 5:
                raise SendFailedError
            return queue.send(messages, delay=delay)

    due = [Due(delivery_id=uuid4(), delay=seconds) for seconds in (5, 0, 60)]
    with pytest.raises(SendFailedError):
        outbox.queue_due(due, Refusing(queue._client, queue.url))
    assert sorted(delay for delay, _ in sent) == [0, 60]


def test_one_that_cannot_be_signed_keeps_no_other_from_being_queued(
    queue: Queue, sent: Sent
) -> None:
    broken = Due(delivery_id=uuid4(), secret="whsec_A")
    due = [Due(delivery_id=uuid4()), broken, Due(delivery_id=uuid4())]
    with pytest.raises(SendFailedError, match=str(broken.delivery_id)) as raised:
        outbox.queue_due(due, queue)
    assert [message.delivery_id for _, message in sent] == [due[0].delivery_id, due[2].delivery_id]
    assert broken.secret not in str(raised.value)


def test_after_a_rotation_both_secrets_sign(queue: Queue, sent: Sent) -> None:
    outbox.queue_due([Due(previous_secret=OLD_SECRET)], queue)
    [(_, message)] = sent
    for secret in (SECRET, OLD_SECRET):
        Webhook(secret).verify(message.body, message.headers)


def test_each_message_is_in_the_group_of_its_tenant(queue: Queue, sqs: SQSClient) -> None:
    tenants = [uuid4(), uuid4()]
    outbox.queue_due([Due(delivery_id=each, tenant_id=each) for each in tenants], queue)
    received = sqs.receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )
    groups = {
        DeliverWebhook.model_validate_json(each["Body"]).delivery_id: each["Attributes"][
            "MessageGroupId"
        ]
        for each in received["Messages"]
    }
    assert groups == {each: str(each) for each in tenants}


def test_what_is_queued_soon_can_be_delayed_by_sqs() -> None:
    assert timedelta(0) < outbox.SOON <= timedelta(seconds=900)


def test_nothing_due_sends_nothing(queue: Queue, sent: Sent) -> None:
    assert outbox.queue_due([], queue) == 0
    assert sent == []
