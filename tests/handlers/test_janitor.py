"""The janitor function over a real PostgreSQL, with every loss it has to mend."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar
from uuid import uuid4

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from database import deliveries, delivery_attempts, images, jobs, outcomes
from database.connection import Connection
from janitor import images as janitor_images
from janitor import webhooks_due
from janitor.handler import database as wired
from janitor.handler import handler, janitor, settings
from janitor.rounds import DutiesFailedError
from pipeline import keys
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.messages import (
    DeliverWebhook,
    DeliveryAttempted,
    Failure,
    FinishJob,
    ImageFinished,
    IngestUpload,
    Message,
    ProcessImage,
)
from pipeline.queues import Queue, SendFailedError
from pipeline.states import DeliveryStatus, ImageStatus, JobEvent, JobStatus

EVENT = json.loads(
    (Path(__file__).parents[2] / "events" / "janitor.json").read_text(encoding="utf-8")
)
HOOK = "https://shop.example/hook"
NOTHING = {
    "webhooks_sent": 0,
    "uploads_found_or_expired": 0,
    "ingests_repeated": 0,
    "images_repeated": 0,
    "images_given_up": 0,
    "cancelled_jobs_marked": 0,
    "jobs_closed": 0,
    "finishes_repeated": 0,
    "jobs_rejected": 0,
    "jobs_deleted": 0,
}

NewJob = Callable[..., Job]
M = TypeVar("M", bound=Message)


@pytest.fixture(autouse=True)
def environment(
    database_url: str, sqs: SQSClient, s3: S3Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    s3.create_bucket(Bucket="images")
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    for name in ("uploads", "images", "finished", "deliveries"):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        monkeypatch.setenv(f"{name.upper()}_QUEUE_URL", url)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("UPLOADS_BUCKET", "uploads")
    monkeypatch.setenv("IMAGES_BUCKET", "images")
    monkeypatch.setenv("RETENTION_DAYS", "90")
    # A logger lives as long as the process, and writes to the stdout it began with.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"janitor-{uuid4()}")
    for cached in (settings, wired, janitor):
        cached.cache_clear()
    yield
    wired().close()
    for cached in (settings, wired, janitor):
        cached.cache_clear()


def feed() -> dict[str, int]:
    return handler(EVENT, LambdaContext())


@pytest.fixture
def sent(sqs: SQSClient) -> Callable[[str, type[M]], list[M]]:
    """Takes what is on a queue."""

    def receive(queue: str, kind: type[M]) -> list[M]:
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        found: list[M] = []
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [kind.model_validate_json(each["Body"]) for each in batch]
            for each in batch:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found

    return receive


Sent = Callable[[str, type[M]], list[M]]


def age(connection: Connection, by: timedelta) -> None:
    """Lets time pass for everything in the database."""
    connection.execute(
        """
        UPDATE jobs SET
            created_at = created_at - %(by)s, updated_at = updated_at - %(by)s,
            completed_at = completed_at - %(by)s, repaired_at = repaired_at - %(by)s,
            upload_expires_at = upload_expires_at - %(by)s
        """,
        {"by": by},
    )
    connection.execute(
        """
        UPDATE deliveries SET
            next_attempt_at = next_attempt_at - %(by)s, queued_until = queued_until - %(by)s
        """,
        {"by": by},
    )


def now(connection: Connection, job: Job) -> Job:
    found = jobs.get(connection, job.job_id)
    assert found is not None
    return found


def test_where_all_is_well_it_does_nothing(connection: Connection, new_job: NewJob) -> None:
    for status in JobStatus:
        new_job(status, images=1)
    before = connection.execute("SELECT * FROM jobs ORDER BY job_id").fetchall()
    assert feed() == NOTHING
    assert connection.execute("SELECT * FROM jobs ORDER BY job_id").fetchall() == before


class TestWebhooks:
    def test_a_due_delivery_is_queued_once(
        self, connection: Connection, new_job: NewJob, sent: Sent[DeliverWebhook]
    ) -> None:
        job = new_job(images=1, webhook_url=HOOK)
        deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
        assert feed() == NOTHING | {"webhooks_sent": 1}
        assert feed() == NOTHING
        [message] = sent("deliveries", DeliverWebhook)
        assert (message.url, message.attempt, message.body) == (HOOK, 1, "{}")

    def test_one_whose_message_was_lost_is_queued_again_under_the_same_id(
        self, connection: Connection, new_job: NewJob, sent: Sent[DeliverWebhook]
    ) -> None:
        job = new_job(images=1, webhook_url=HOOK)
        deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
        feed()
        connection.execute("UPDATE deliveries SET queued_until = now()")
        assert feed()["webhooks_sent"] == 1
        first, second = sent("deliveries", DeliverWebhook)
        assert (first.delivery_id, first.attempt) == (second.delivery_id, second.attempt)

    def test_one_that_sqs_refuses_holds_up_no_other(
        self,
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


class TestUploads:
    def test_a_file_that_arrived_unnoticed_is_ingested(
        self, connection: Connection, new_job: NewJob, s3: S3Client, sent: Sent[IngestUpload]
    ) -> None:
        job = new_job(JobStatus.AWAITING_UPLOAD)
        version = s3.put_object(Bucket="uploads", Key=keys.upload(job.job_id), Body=b"x")
        age(connection, timedelta(hours=2))
        assert feed() == NOTHING | {"uploads_found_or_expired": 1}
        assert sent("uploads", IngestUpload) == [
            IngestUpload(job_id=job.job_id, version_id=version["VersionId"])
        ]
        assert now(connection, job).status == JobStatus.AWAITING_UPLOAD
        assert feed() == NOTHING

    def test_a_file_that_never_came_expires_its_job_after_a_margin(
        self, connection: Connection, new_job: NewJob, sent: Sent[IngestUpload]
    ) -> None:
        job = new_job(JobStatus.AWAITING_UPLOAD)
        age(connection, timedelta(minutes=30))
        assert feed() == NOTHING
        age(connection, timedelta(minutes=30))
        assert feed() == NOTHING | {"uploads_found_or_expired": 1}
        expired = now(connection, job)
        assert expired.status == JobStatus.EXPIRED
        assert expired.completed_at is not None
        assert sent("uploads", IngestUpload) == []

    def test_an_ingest_that_died_is_repeated_with_growing_pauses(
        self, connection: Connection, new_job: NewJob, sent: Sent[IngestUpload]
    ) -> None:
        job = new_job(JobStatus.INGESTING)
        connection.execute("UPDATE jobs SET source_version = 'v1'")
        age(connection, timedelta(minutes=11))
        repeated = []
        for _ in range(12):
            repeated.append(feed()["ingests_repeated"])
            age(connection, timedelta(minutes=6))
        assert repeated == [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
        assert set(sent("uploads", IngestUpload)) == {
            IngestUpload(job_id=job.job_id, version_id="v1")
        }

    def test_a_file_that_no_ingest_survives_is_rejected_and_announced(
        self, connection: Connection, new_job: NewJob
    ) -> None:
        job = new_job(JobStatus.INGESTING, webhook_url=HOOK)
        pause(connection, timedelta(hours=25), repairs=5)
        done = feed()
        assert (done["ingests_repeated"], done["jobs_rejected"]) == (1, 1)
        rejected = now(connection, job)
        assert (rejected.status, rejected.error_code) == (JobStatus.REJECTED, "internal_error")
        [delivery] = deliveries.of_job(connection, job.job_id)
        assert delivery.event == JobEvent.REJECTED
        assert feed() == NOTHING | {"webhooks_sent": 1}


class TestImages:
    def test_lost_images_are_sent_again_page_by_page(
        self,
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
        self,
        connection: Connection,
        new_job: NewJob,
        sent: Sent[ProcessImage],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(janitor_images, "PAGE", 2)
        new_job(images=5)
        age(connection, timedelta(minutes=11))
        clock = iter(range(0, 1000, 10))  # each look at it is ten seconds later
        monkeypatch.setattr("janitor.images.time", SimpleNamespace(monotonic=lambda: next(clock)))
        rounds = []
        for _ in range(4):
            feed()
            rounds.append([each.position for each in sent("images", ProcessImage)])
        assert [sorted(each) for each in rounds] == [[0, 1], [2, 3], [4], []]

    def test_images_that_may_still_be_queued_are_left_alone_for_hours(
        self, connection: Connection, new_job: NewJob, sqs: SQSClient
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

    def test_images_that_no_try_finishes_have_failed_and_their_job_goes_on(
        self,
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


class TestCancellations:
    def test_a_job_whose_cancelling_died_half_way_is_marked(
        self, connection: Connection, new_job: NewJob, s3: S3Client
    ) -> None:
        marked, unmarked = new_job(images=2), new_job(images=2)
        for job in (marked, unmarked):
            jobs.move(connection, job.job_id, JobStatus.CANCELLED)
        s3.put_object(Bucket="images", Key=keys.cancelled(marked.job_id), Body=b"by the api")
        assert feed() == NOTHING | {"cancelled_jobs_marked": 1}
        s3.head_object(Bucket="images", Key=keys.cancelled(unmarked.job_id))
        first = s3.get_object(Bucket="images", Key=keys.cancelled(marked.job_id))
        assert first["Body"].read() == b"by the api"
        assert feed() == NOTHING

    def test_a_bucket_that_is_away_is_an_error_and_the_next_round_marks(
        self, connection: Connection, new_job: NewJob, s3: S3Client
    ) -> None:
        job = new_job(images=2)
        jobs.move(connection, job.job_id, JobStatus.CANCELLED)
        s3.delete_bucket(Bucket="images")
        with pytest.raises(DutiesFailedError, match=r"^cancelled_jobs_marked$"):
            feed()
        s3.create_bucket(Bucket="images")
        assert feed() == NOTHING | {"cancelled_jobs_marked": 1}

    def test_jobs_that_were_cancelled_long_ago_are_left_alone(
        self, connection: Connection, new_job: NewJob
    ) -> None:
        """Their messages have been handed out, and marks do not last for ever either."""
        job = new_job(images=2)
        jobs.move(connection, job.job_id, JobStatus.CANCELLED)
        age(connection, timedelta(minutes=6))
        assert feed() == NOTHING


class TestEndings:
    def test_a_job_that_nobody_closed_is_closed(
        self, connection: Connection, new_job: NewJob, sent: Sent[FinishJob]
    ) -> None:
        job = new_job(images=2)
        finish(connection, job, 0, 1)
        assert feed() == NOTHING | {"jobs_closed": 1}
        assert now(connection, job).status == JobStatus.FINALIZING
        assert sent("finished", FinishJob) == [FinishJob(job_id=job.job_id)]
        assert feed() == NOTHING

    def test_a_result_that_was_not_written_is_written_again(
        self, connection: Connection, new_job: NewJob, sent: Sent[FinishJob]
    ) -> None:
        job = new_job(JobStatus.FINALIZING)
        age(connection, timedelta(minutes=1))
        assert feed() == NOTHING
        age(connection, timedelta(minutes=1))
        assert feed() == NOTHING | {"finishes_repeated": 1}
        assert sent("finished", FinishJob) == [FinishJob(job_id=job.job_id)]

    def test_a_result_that_cannot_be_written_for_days_rejects_its_job(
        self, connection: Connection, new_job: NewJob
    ) -> None:
        job = new_job(JobStatus.FINALIZING)
        pause(connection, timedelta(hours=71), repairs=5)
        assert feed()["jobs_rejected"] == 0
        age(connection, timedelta(hours=2))
        assert feed()["jobs_rejected"] == 1
        assert now(connection, job).status == JobStatus.REJECTED


class TestRetention:
    def test_a_job_goes_with_all_that_belongs_to_it_when_it_was_kept_long_enough(
        self, connection: Connection, new_job: NewJob
    ) -> None:
        old = new_job(images=3, webhook_url=HOOK)
        deliveries.open_delivery(connection, old, JobEvent.PROCESSING, body="{}")
        attempt_once(connection, old)
        end(connection, old)
        age(connection, timedelta(days=91))
        young = new_job(images=2)
        end(connection, young)
        assert feed()["jobs_deleted"] == 1
        assert now(connection, young).status == JobStatus.COMPLETED
        for table, left in (
            ("jobs", 1), ("images", 2), ("csv_rows", 2), ("deliveries", 0), ("delivery_attempts", 0)
        ):  # fmt: skip
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (left,)

    def test_an_unfinished_job_stays_whatever_its_age(
        self, connection: Connection, new_job: NewJob
    ) -> None:
        new_job(images=1)
        age(connection, timedelta(days=400))
        assert feed()["jobs_deleted"] == 0


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


def finish(connection: Connection, job: Job, *positions: int) -> None:
    """Records these images as failed, without closing the job."""
    with connection.transaction():
        outcomes.record(
            connection,
            [
                ImageFinished(
                    job_id=job.job_id,
                    position=position,
                    status=ImageStatus.FAILED,
                    error=Failure(code=ImageErrorCode.NOT_FOUND, message="Gone."),
                )
                for position in positions
            ],
        )


def pause(connection: Connection, by: timedelta, *, repairs: int) -> None:
    """Lets time pass in which the janitor tried ``repairs`` times in vain."""
    age(connection, by)
    connection.execute("UPDATE jobs SET repairs = %s", [repairs])


def end(connection: Connection, job: Job) -> None:
    connection.execute(
        "UPDATE jobs SET status = 'completed', completed_at = now() WHERE job_id = %s",
        [job.job_id],
    )


def attempt_once(connection: Connection, job: Job) -> None:
    [delivery] = deliveries.of_job(connection, job.job_id)
    attempted = DeliveryAttempted(
        delivery_id=delivery.delivery_id, attempt=1, at=datetime.now(UTC), milliseconds=5
    )
    recorded = delivery_attempts.Recorded(attempted, DeliveryStatus.DELIVERED, None)
    assert delivery_attempts.record(connection, [recorded]) == 1
