"""Webhooks that are due, and those whose message was lost."""

from collections.abc import Iterable

import pytest

from database import deliveries, receivers, tenants
from database.connection import Connection
from janitor import webhooks_due
from janitor.rounds import DutiesFailedError
from pipeline.messages import (
    DeliverWebhook,
    Message,
)
from pipeline.queues import Queue, SendFailedError
from pipeline.states import JobEvent
from tests.handlers.janitor.world import HOOK, NOTHING, NewJob, Sent, age, feed


def test_a_due_delivery_is_queued_once(
    connection: Connection, new_job: NewJob, sent: Sent[DeliverWebhook]
) -> None:
    job = new_job(images=1, webhook_url=HOOK)
    deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
    assert feed() == NOTHING | {"webhooks_sent": 1}
    assert feed() == NOTHING
    [message] = sent("deliveries", DeliverWebhook)
    assert (message.url, message.attempt, message.body) == (HOOK, 1, "{}")


def test_one_whose_message_was_lost_is_queued_again_under_the_same_id(
    connection: Connection, new_job: NewJob, sent: Sent[DeliverWebhook]
) -> None:
    job = new_job(images=1, webhook_url=HOOK)
    deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
    feed()
    connection.execute("UPDATE deliveries SET queued_until = now()")
    assert feed()["webhooks_sent"] == 1
    first, second = sent("deliveries", DeliverWebhook)
    assert (first.delivery_id, first.attempt) == (second.delivery_id, second.attempt)


def test_one_that_sqs_refuses_holds_up_no_other(
    connection: Connection,
    new_job: NewJob,
    sent: Sent[DeliverWebhook],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until its claim is over it is not looked at, so it is not first in each round either."""
    monkeypatch.setattr(webhooks_due, "CLAIMED", 1)
    send = Queue.send

    def refuse(queue: Queue, messages: Iterable[Message], *, delay: int = 0) -> int:
        given = list(messages)
        if any(isinstance(each, DeliverWebhook) and each.body == "0" for each in given):
            raise SendFailedError
        return send(queue, given, delay=delay)

    monkeypatch.setattr(Queue, "send", refuse)
    job = new_job(images=1, webhook_url=HOOK)
    for milestone in range(3):
        deliveries.open_delivery(
            connection, job, JobEvent.PROGRESS, body=str(milestone), milestone=milestone
        )
    with pytest.raises(DutiesFailedError, match=r"^webhooks_sent$"):
        feed()
    assert [each.body for each in sent("deliveries", DeliverWebhook)] == ["1", "2"]
    deliveries.open_delivery(connection, job, JobEvent.COMPLETED, body="later")
    assert feed() == NOTHING | {"webhooks_sent": 1}
    age(connection, deliveries.LEASE)
    with pytest.raises(DutiesFailedError, match=r"^webhooks_sent$"):
        feed()


def test_one_tenants_backlog_keeps_no_other_waiting_and_has_its_part_of_a_round(
    connection: Connection,
    new_job: NewJob,
    sent: Sent[DeliverWebhook],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhooks_due, "CLAIMS", 2)
    flood = new_job(webhook_url=HOOK)
    for milestone in range(3 * deliveries.SHARE):
        deliveries.open_delivery(
            connection, flood, JobEvent.PROGRESS, body="flood", milestone=milestone
        )
    other = tenants.ensure(connection, name="other", webhook_secret="whsec_c2VjcmV0")
    quiet = new_job(webhook_url=HOOK)
    deliveries.open_delivery(connection, quiet, JobEvent.COMPLETED, body="quiet")
    connection.execute("UPDATE deliveries SET tenant_id = %s WHERE body = 'quiet'", [other])
    assert feed()["webhooks_sent"] == 2 * deliveries.SHARE + 1
    first = sent("deliveries", DeliverWebhook)
    assert [each.body for each in first].count("quiet") == 1
    assert feed()["webhooks_sent"] == deliveries.SHARE


def test_receivers_that_nobody_has_tried_for_hours_are_forgotten_before_any_claim(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(webhook_url=HOOK)
    for milestone in range(3):
        deliveries.open_delivery(connection, job, JobEvent.PROGRESS, body="{}", milestone=milestone)
    [first, *_] = deliveries.of_job(connection, job.job_id)
    receivers.note(connection, silent=[first.delivery_id], answered=[])
    connection.execute(
        "UPDATE silent_receivers SET reported_at = now() - %s", [receivers.REMEMBERED]
    )
    assert feed()["webhooks_sent"] == 3
