"""Messages over the wire: batches, groups, delays, and what comes again."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_sqs import SQSClient

from pipeline.messages import FinishJob, ProcessImage
from pipeline.options import ImageOptions
from pipeline.queues import BATCH, Malformed, Queue, Received, failures, received


def jobs(count: int) -> list[FinishJob]:
    return [FinishJob(job_id=uuid4()) for _ in range(count)]


def image(product: str = "Mug") -> ProcessImage:
    return ProcessImage(
        tenant_id=uuid4(),
        job_id=uuid4(),
        position=0,
        url="https://shop.example/1.jpg",
        options=ImageOptions().stored(),
        product=product,
    )


def taken(sqs: SQSClient, url: str, count: int) -> list[Any]:
    """The first messages of a queue; they stay in these hands."""
    found: list[Any] = []
    for _ in range(60):
        found += sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["All"],
        ).get("Messages", [])
        if len(found) >= count:
            break
    return found


def as_event(messages: list[Any]) -> dict[str, Any]:
    """What Lambda makes of messages
    (docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)."""
    return {
        "Records": [
            {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": each["Attributes"],
            }
            for each in messages
        ]
    }


def settle(sqs: SQSClient, url: str, messages: list[Any], answer: dict[str, Any]) -> None:
    """Does with the messages what Lambda does after a partial batch response: deletes all but
    those that failed, which come again."""
    failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
    for each in messages:
        if each["MessageId"] in failed:
            sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0
            )
        else:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1, 57])
def test_everything_that_is_sent_arrives_once(sqs: SQSClient, queue: str, count: int) -> None:
    messages = jobs(count)
    assert Queue(sqs, queue).send(iter(messages)) == count
    arrived = Counter(
        FinishJob.model_validate_json(each["Body"]).job_id for each in taken(sqs, queue, count)
    )
    assert arrived == Counter(each.job_id for each in messages)


def test_messages_of_a_group_are_taken_by_a_standard_queue(sqs: SQSClient, queue: str) -> None:
    """AWS takes groups on standard queues since July 2025; emulators may refuse them."""
    messages = [image() for _ in range(3)]
    Queue(sqs, queue, group=lambda each: str(each.tenant_id)).send(messages)
    arrived = taken(sqs, queue, 3)
    groups = {each["Attributes"].get("MessageGroupId") for each in arrived}
    assert groups == {str(each.tenant_id) for each in messages}


def test_a_delayed_message_is_counted_and_not_handed_out(sqs: SQSClient, queue: str) -> None:
    sender = Queue(sqs, queue)
    sender.send(jobs(2), delay=900)
    sender.send(jobs(3))
    taken(sqs, queue, 3)
    assert sender.depth() == 5
    assert not sqs.receive_message(QueueUrl=queue).get("Messages")


@pytest.mark.parametrize(
    "product",
    [
        pytest.param("Tasse \N{FISH} für zwölf", id="beyond ASCII"),
        pytest.param('"<&>" \\ \t', id="marks of JSON and XML"),
        pytest.param("a\ufffeb\uffff", id="what SQS refuses"),
        pytest.param("\x00\x1b", id="controls"),
    ],
)
def test_text_arrives_as_it_was(sqs: SQSClient, queue: str, product: str) -> None:
    sent = image(product)
    Queue(sqs, queue).send([sent])
    [message] = received(as_event(taken(sqs, queue, 1)), ProcessImage)
    assert isinstance(message, Received)
    assert message.message == sent


def test_only_what_failed_comes_again_and_is_counted(sqs: SQSClient, queue: str) -> None:
    Queue(sqs, queue).send(jobs(5))
    sqs.send_message(QueueUrl=queue, MessageBody="no message of this project")
    messages = taken(sqs, queue, 6)
    read = list(received(as_event(messages), FinishJob))
    [malformed] = [each for each in read if isinstance(each, Malformed)]
    failed = next(each for each in read if isinstance(each, Received))
    settle(sqs, queue, messages, failures([malformed.message_id, failed.message_id]))
    again = list(received(as_event(taken(sqs, queue, 2)), FinishJob))
    assert {each.message_id for each in again} == {malformed.message_id, failed.message_id}
    assert [each.receives for each in again if isinstance(each, Received)] == [2]
    assert failed.receives == 1


def test_what_fails_too_often_goes_to_the_dead_letters(
    sqs: SQSClient, new_queue: Callable[..., str]
) -> None:
    dead = new_queue()
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    target = arn["Attributes"]["QueueArn"]
    url = new_queue(RedrivePolicy=f'{{"deadLetterTargetArn": "{target}", "maxReceiveCount": "2"}}')
    [job] = jobs(1)
    Queue(sqs, url).send([job])
    for _ in range(2):
        messages = taken(sqs, url, 1)
        settle(sqs, url, messages, failures([messages[0]["MessageId"]]))
    assert not sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages")
    [message] = taken(sqs, dead, 1)
    assert FinishJob.model_validate_json(message["Body"]) == job


def test_a_queue_that_is_gone_is_an_error(sqs: SQSClient, queue: str) -> None:
    sqs.delete_queue(QueueUrl=queue)
    with pytest.raises(ClientError) as raised:
        Queue(sqs, queue).send(jobs(1))
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
