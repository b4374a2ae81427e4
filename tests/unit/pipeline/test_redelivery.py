"""When the messages of a failed run come again, on moto's SQS with a moved clock."""

from typing import Any

import pytest
import time_machine
from aws_lambda_powertools import Logger
from mypy_boto3_sqs import SQSClient

from pipeline.queues import failures
from pipeline.redelivery import LONGEST_PAUSE, Redelivery, pause
from tests.sqs_events import received

HOUR = 3600
NOW = 1_800_000_000


@pytest.fixture
def url(sqs: SQSClient) -> str:
    return sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "43200"})["QueueUrl"]


@pytest.fixture
def redelivery(sqs: SQSClient) -> Redelivery:
    return Redelivery(sqs, Logger(service="redelivery"))


def event(sqs: SQSClient, url: str, messages: int) -> dict[str, Any]:
    for n in range(messages):
        sqs.send_message(QueueUrl=url, MessageBody=f"message {n}")
    return received(sqs, url, messages)


def visible(sqs: SQSClient, url: str) -> int:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def away() -> dict[str, Any]:
    raise ConnectionError("PostgreSQL is away")


def test_all_messages_of_a_run_that_raises_come_again_within_half_a_minute(
    sqs: SQSClient, url: str, redelivery: Redelivery
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sent = event(sqs, url, 23)
        with pytest.raises(ConnectionError):
            redelivery.run(sent, away)
        clock.shift(9)
        assert visible(sqs, url) == 0
        clock.shift(22)
        assert visible(sqs, url) == 23


def test_of_a_partial_answer_the_failed_ones_alone_come_again(
    sqs: SQSClient, url: str, redelivery: Redelivery
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sent = event(sqs, url, 3)
        answer = failures([sent["Records"][1]["messageId"]])
        assert redelivery.run(sent, lambda: answer) == answer
        clock.shift(31)
        [again] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert again["MessageId"] == sent["Records"][1]["messageId"]


def test_a_run_that_did_all_asks_nothing_of_sqs(
    sqs: SQSClient, url: str, redelivery: Redelivery
) -> None:
    sent = event(sqs, url, 1)
    sqs.delete_queue(QueueUrl=url)
    assert redelivery.run(sent, lambda: failures([])) == failures([])


def test_a_queue_that_cannot_be_asked_hides_no_error(
    sqs: SQSClient, url: str, redelivery: Redelivery
) -> None:
    sent = event(sqs, url, 1)
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(ConnectionError):
        redelivery.run(sent, away)


@pytest.mark.parametrize("receives", [1, 2, 3, 4, 5])
def test_the_first_pauses_are_10_to_30_seconds(receives: int) -> None:
    assert pause(receives, jitter=0.0) == 10
    assert pause(receives, jitter=1.0) == 30


def test_a_message_that_keeps_failing_comes_ever_more_seldom() -> None:
    pauses = [pause(receives, jitter=0.5) for receives in range(5, 30)]
    assert pauses == sorted(pauses)
    assert pauses[:4] == [20, 40, 80, 160]
    assert pauses[-1] == LONGEST_PAUSE
    assert pause(1_000, jitter=1.0) < 12 * HOUR
