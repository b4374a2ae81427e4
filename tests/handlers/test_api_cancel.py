"""Cancelling jobs through the api function."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from database import deliveries, jobs, outcomes
from database.connection import Connection
from pipeline import keys
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.messages import Failure, ImageFinished
from pipeline.states import ImageStatus, JobStatus
from tests.api_requests import Answer, Call, assert_problem, request

HOOK = "https://shop.example/hook"
NewJob = Callable[..., Job]


def cancel(call: Call, job_id: UUID, **more: str) -> Answer:
    return call(request("POST", f"/v1/jobs/{job_id}/cancel", **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "status", [JobStatus.AWAITING_UPLOAD, JobStatus.INGESTING, JobStatus.PROCESSING]
)
def test_a_job_with_something_left_to_do_is_cancelled(
    call: Call, new_job: NewJob, s3: S3Client, sqs: SQSClient, status: JobStatus
) -> None:
    job = new_job(status, images=3, webhook_url=HOOK)
    answer = cancel(call, job.job_id)
    assert answer["statusCode"] == 200
    assert answer["body"]["status"] == "cancelled"
    assert answer["body"]["completed_at"]
    assert answer["body"]["images"] == {"total": 3, "pending": 3, "succeeded": 0, "failed": 0}
    assert s3.get_object(Bucket="images", Key=keys.cancelled(job.job_id))["ContentLength"] == 0
    url = sqs.get_queue_url(QueueName="deliveries")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    body = json.loads(json.loads(message["Body"])["body"])
    assert (body["type"], body["data"]["status"]) == ("job.cancelled", "cancelled")


def test_cancelling_again_changes_nothing(
    call: Call, new_job: NewJob, connection: Connection
) -> None:
    job = new_job(webhook_url=HOOK)
    first = cancel(call, job.job_id)["body"]
    again = cancel(call, job.job_id)
    assert (again["statusCode"], again["body"]) == (200, first)
    assert [each.event for each in deliveries.of_job(connection, job.job_id)] == ["job.cancelled"]


@pytest.mark.parametrize(
    "status", [JobStatus.FINALIZING, JobStatus.COMPLETED, JobStatus.REJECTED, JobStatus.EXPIRED]
)
def test_a_job_with_nothing_left_to_do_stays_as_it_is(
    call: Call, new_job: NewJob, connection: Connection, s3: S3Client, status: JobStatus
) -> None:
    job = new_job(status)
    assert_problem(cancel(call, job.job_id), 409, "not_cancellable")
    assert jobs.get(connection, job.job_id) == job
    assert "Contents" not in s3.list_objects_v2(Bucket="images")


def test_outcomes_that_come_in_later_count_and_close_nothing(
    call: Call, new_job: NewJob, connection: Connection
) -> None:
    job = new_job(images=1)
    cancel(call, job.job_id)
    failure = Failure(code=ImageErrorCode.TIMEOUT, message="No answer.")
    late = ImageFinished(job_id=job.job_id, position=0, status=ImageStatus.FAILED, error=failure)
    with connection.transaction():
        counted = outcomes.record(connection, [late])
        assert jobs.close(connection, counted) == []
    now = jobs.get(connection, job.job_id)
    assert now is not None
    assert (now.status, now.images_failed, now.images_pending) == (JobStatus.CANCELLED, 1, 0)


def test_a_queue_that_is_away_costs_the_client_nothing(
    call: Call, new_job: NewJob, sqs: SQSClient, connection: Connection
) -> None:
    job = new_job(webhook_url=HOOK)
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="deliveries")["QueueUrl"])
    assert cancel(call, job.job_id)["statusCode"] == 200
    assert len(deliveries.of_job(connection, job.job_id)) == 1


def test_a_mark_that_could_not_be_left_is_left_by_the_next_request(
    call: Call, new_job: NewJob, s3: S3Client
) -> None:
    job = new_job()
    s3.delete_bucket(Bucket="images")
    assert_problem(cancel(call, job.job_id), 503, "storage_unavailable")
    s3.create_bucket(Bucket="images")
    assert cancel(call, job.job_id)["statusCode"] == 200
    assert s3.list_objects_v2(Bucket="images")["KeyCount"] == 1


def test_another_tenants_job_cannot_be_cancelled(
    call: Call, new_job: NewJob, other_key: str, connection: Connection
) -> None:
    job = new_job()
    assert_problem(cancel(call, job.job_id, key=other_key), 404, "job_not_found")
    assert jobs.get(connection, job.job_id) == job
