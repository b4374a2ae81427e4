"""Images whose message was lost, and those that no try finishes."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from mypy_boto3_sqs import SQSClient

from database import images, repairs
from database.connection import Connection
from janitor import images as janitor_images
from pipeline.messages import (
    FinishJob,
    Message,
    ProcessImage,
)
from pipeline.states import ImageStatus, JobStatus
from tests.handlers.janitor.world import NOTHING, NewJob, Sent, age, feed, finish, now, pause


def test_lost_images_are_sent_again_page_by_page(
    connection: Connection,
    new_job: NewJob,
    sent: Sent[ProcessImage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(janitor_images, "PAGE", 3)
    job = new_job(images=8)
    finish(connection, job, 0, 4)
    age(connection, timedelta(minutes=11))
    assert feed() == NOTHING | {"images_repeated": 6}
    messages = sent("images", ProcessImage)
    assert sorted(each.position for each in messages) == [1, 2, 3, 5, 6, 7]
    [first] = [each for each in messages if each.position == 1]
    assert first == ProcessImage(
        tenant_id=job.tenant_id,
        job_id=job.job_id,
        position=1,
        url="https://shop.example/1.jpg",
        options=job.options,
    )
    assert feed() == NOTHING


def test_a_pass_that_takes_too_long_goes_on_in_the_next_round(
    connection: Connection,
    new_job: NewJob,
    sent: Sent[ProcessImage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(janitor_images, "PAGE", 2)
    new_job(images=5)
    age(connection, timedelta(minutes=11))
    clock = count(0, 10)  # each look at it is ten seconds later
    monkeypatch.setattr("janitor.rounds.time", SimpleNamespace(monotonic=lambda: next(clock)))
    rounds = []
    for _ in range(4):
        feed()
        rounds.append([each.position for each in sent("images", ProcessImage)])
    assert [sorted(each) for each in rounds] == [[0, 1], [2, 3], [4], []]


def test_images_that_may_still_be_queued_are_left_alone_for_hours(
    connection: Connection, new_job: NewJob, sqs: SQSClient
) -> None:
    new_job(images=2)
    url = sqs.get_queue_url(QueueName="images")["QueueUrl"]
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="{}")
    age(connection, timedelta(minutes=11))
    assert feed() == NOTHING
    repeated = []
    for hours in range(1, 72):
        age(connection, timedelta(hours=1))
        repeated += [hours] * feed()["images_repeated"]
    assert repeated == [hours for hours in (4, 8, 16, 32, 64) for _ in range(2)]


def test_a_woken_job_is_taken_up_at_once_though_its_messages_may_be_queued(
    connection: Connection, new_job: NewJob, sqs: SQSClient
) -> None:
    job = new_job(images=2)
    url = sqs.get_queue_url(QueueName="images")["QueueUrl"]
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="{}")
    assert feed() == NOTHING
    assert repairs.wake(connection, job.job_id)
    assert feed() == NOTHING | {"images_repeated": 2}
    assert feed() == NOTHING


def test_a_woken_job_is_not_given_up_for_what_was_tried_before(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(images=1)
    pause(connection, timedelta(days=20), repairs=9)
    assert repairs.wake(connection, job.job_id)
    assert feed() == NOTHING | {"images_repeated": 1}
    assert now(connection, job).status is JobStatus.PROCESSING


def test_images_that_no_try_finishes_have_failed_and_their_job_goes_on(
    connection: Connection,
    new_job: NewJob,
    sent: Callable[[str, type[Message]], list[Message]],  # of two kinds
) -> None:
    job = new_job(images=3)
    finish(connection, job, 1)
    pause(connection, timedelta(hours=25), repairs=5)
    assert feed() == NOTHING | {"images_repeated": 2}  # and while they wait they have a chance
    assert len(sent("images", ProcessImage)) == 2
    done = feed()
    assert (done["images_given_up"], done["jobs_closed"]) == (2, 1)
    closed = now(connection, job)
    assert (closed.status, closed.images_failed) == (JobStatus.FINALIZING, 3)
    assert sent("finished", FinishJob) == [FinishJob(job_id=job.job_id)]
    [first] = images.page(connection, job.job_id, status=None, after=-1, limit=1)
    assert (first.status, first.error_code) == (ImageStatus.FAILED, "internal_error")
