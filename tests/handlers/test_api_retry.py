"""Retrying failed images through the api function."""

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from mypy_boto3_sqs import SQSClient

from database import jobs, outcomes, retention
from database.connection import Connection
from database.retention import Deleted
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.messages import Failure, ImageFinished
from pipeline.states import ImageStatus, JobStatus
from tests.api_requests import Answer, Call, assert_problem, get, request

NewJob = Callable[..., Job]


def retry(call: Call, job_id: UUID, **more: str) -> Answer:
    return call(request("POST", f"/v1/jobs/{job_id}/retry", **more))  # type: ignore[arg-type]


@pytest.fixture
def failed(connection: Connection, new_job: NewJob) -> UUID:
    """A completed job both of whose images failed."""
    job = new_job(images=2)
    failure = Failure(code=ImageErrorCode.TIMEOUT, message="No answer.")
    finished = ImageFinished(
        job_id=job.job_id, position=0, status=ImageStatus.FAILED, error=failure
    )
    outcomes.record(connection, [finished, finished.model_copy(update={"position": 1})])
    jobs.close(connection, [job.job_id])
    jobs.move(connection, job.job_id, JobStatus.COMPLETED)
    return job.job_id


def test_a_completed_job_processes_its_failed_images_again(
    call: Call, failed: UUID, sqs: SQSClient
) -> None:
    answer = retry(call, failed)
    assert answer["statusCode"] == 202
    assert answer["headers"]["Retry-After"] == "2"
    body = answer["body"]
    assert (body["status"], body["completed_at"], body["result_url"]) == ("processing", None, None)
    assert body["images"] == {"total": 2, "pending": 2, "succeeded": 0, "failed": 0}
    url = sqs.get_queue_url(QueueName="uploads")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"job_id": str(failed)}
    assert_problem(get(call, f"/v1/jobs/{failed}/result"), 409, "result_not_ready")
    assert_problem(retry(call, failed), 409, "not_retryable")


def test_a_retried_job_has_a_new_result(call: Call, failed: UUID, connection: Connection) -> None:
    retry(call, failed)
    for status in (JobStatus.FINALIZING, JobStatus.COMPLETED):
        jobs.move(connection, failed, status)
    for what, name in (("result", f"{failed}-1.csv"), ("failures", f"{failed}-1-failures.csv")):
        answer = get(call, f"/v1/jobs/{failed}/{what}")
        assert f"/results/{name}?" in answer["headers"]["Location"]


@pytest.mark.parametrize("status", [each for each in JobStatus if each != JobStatus.COMPLETED])
def test_only_a_completed_job_is_retried(call: Call, new_job: NewJob, status: JobStatus) -> None:
    assert_problem(retry(call, new_job(status, images=1).job_id), 409, "not_retryable")


def test_a_job_is_not_retried_whose_file_may_be_gone_before_its_result_is_written(
    call: Call, failed: UUID, connection: Connection
) -> None:
    """It would lose its first result and get no second one. That it ended lately, after an earlier
    retry, makes its file no younger."""
    connection.execute("UPDATE jobs SET created_at = now() - interval '89 days 1 hour'")
    answer = retry(call, failed)
    assert_problem(answer, 409, "not_retryable")
    assert "90 days" in answer["body"]["detail"]
    assert get(call, f"/v1/jobs/{failed}/result")["statusCode"] == 303
    connection.execute("UPDATE jobs SET created_at = now() - interval '88 days 23 hours'")
    assert retry(call, failed)["statusCode"] == 202


def test_a_job_that_retention_has_begun_to_delete_is_not_retried(
    call: Call, failed: UUID, connection: Connection
) -> None:
    """It is completed until the last piece of it is gone, and half of it would be retried."""
    connection.execute(
        "UPDATE jobs SET created_at = now() - interval '90 days 1 second',"
        " completed_at = now() - interval '90 days 1 second'"
    )
    kept = timedelta(days=90)
    piece = retention.delete_some(connection, failed, older_than=kept, limit=1)
    assert piece == Deleted(rows=2)
    assert_problem(retry(call, failed), 409, "not_retryable")
    while not retention.delete_some(connection, failed, older_than=kept, limit=1).jobs:
        pass
    assert_problem(retry(call, failed), 404, "job_not_found")


def test_a_job_without_failures_is_not_retried(
    call: Call, new_job: NewJob, connection: Connection
) -> None:
    job = new_job(JobStatus.COMPLETED)
    assert_problem(retry(call, job.job_id), 409, "nothing_to_retry")
    assert jobs.get(connection, job.job_id) == job


def test_a_queue_that_is_away_leaves_the_retry_to_the_janitor(
    call: Call, failed: UUID, sqs: SQSClient
) -> None:
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="uploads")["QueueUrl"])
    assert retry(call, failed)["statusCode"] == 202


def test_another_tenants_job_cannot_be_retried(call: Call, failed: UUID, other_key: str) -> None:
    assert_problem(retry(call, failed, key=other_key), 404, "job_not_found")
