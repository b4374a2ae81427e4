"""Sending webhooks again and rotating their secret, through the api function."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from mypy_boto3_sqs import SQSClient
from standardwebhooks import Webhook

from database import deliveries
from database.connection import Connection
from pipeline.job import Job
from pipeline.states import JobEvent
from tests.api_requests import NO_IDS, Answer, Call, assert_problem, get, request

NewJob = Callable[..., Job]
FIRST = "whsec_" + "c2VjcmV0" * 4


def post(call: Call, path: str, **more: str) -> Answer:
    return call(request("POST", path, **more))  # type: ignore[arg-type]


@pytest.fixture
def job(connection: Connection, new_job: NewJob) -> Job:
    """A job with three deliveries, all given up after ten attempts."""
    job = new_job(webhook_url="https://shop.example/hook")
    for event in (JobEvent.PROCESSING, JobEvent.COMPLETED, JobEvent.REJECTED):
        deliveries.open_delivery(connection, job, event, body='{"type":"x"}')
    connection.execute(
        "UPDATE deliveries SET status = 'failed', attempts = 10, next_attempt_at = NULL;"
        "INSERT INTO delivery_attempts SELECT delivery_id, 10, now(), 500, NULL, 9 FROM deliveries"
    )
    return job


def sent(sqs: SQSClient) -> dict[str, Any]:
    url = sqs.get_queue_url(QueueName="deliveries")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    body: dict[str, Any] = json.loads(message["Body"])
    return body


class TestRedelivering:
    def test_a_delivery_is_sent_again_with_all_its_tries(
        self, call: Call, job: Job, connection: Connection, sqs: SQSClient
    ) -> None:
        delivery = deliveries.of_job(connection, job.job_id)[1]
        answer = post(call, f"/v1/deliveries/{delivery.delivery_id}/redeliver")
        assert answer["statusCode"] == 202
        assert answer["body"]["delivery_id"] == str(delivery.delivery_id)
        assert (answer["body"]["event"], answer["body"]["status"]) == ("job.completed", "pending")
        assert [each["status_code"] for each in answer["body"]["attempts"]] == [500]
        message = sent(sqs)
        assert message["delivery_id"] == str(delivery.delivery_id)
        assert message["attempt"] == 11

    def test_what_is_no_delivery_of_the_tenant_is_not_there(
        self, call: Call, job: Job, connection: Connection, other_key: str
    ) -> None:
        [delivery, *_] = deliveries.of_job(connection, job.job_id)
        path = f"/v1/deliveries/{delivery.delivery_id}/redeliver"
        assert_problem(post(call, path, key=other_key), 404, "delivery_not_found")
        for no_id in (*NO_IDS, uuid4()):
            answer = post(call, f"/v1/deliveries/{no_id}/redeliver")
            assert answer["body"]["code"] in {"delivery_not_found", "not_found"}
            assert answer["statusCode"] == 404

    def test_a_queue_that_is_away_leaves_it_to_the_janitor(
        self, call: Call, job: Job, connection: Connection, sqs: SQSClient
    ) -> None:
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="deliveries")["QueueUrl"])
        [delivery, *_] = deliveries.of_job(connection, job.job_id)
        answer = post(call, f"/v1/deliveries/{delivery.delivery_id}/redeliver")
        assert (answer["statusCode"], answer["body"]["status"]) == (202, "pending")


def test_deliveries_come_in_pages(call: Call, job: Job) -> None:
    path = f"/v1/jobs/{job.job_id}/deliveries"
    first = get(call, path, query={"limit": "2"})["body"]
    assert [each["event"] for each in first["items"]] == ["job.processing", "job.completed"]
    second = get(call, path, query={"limit": "2", "cursor": first["next_cursor"]})["body"]
    assert [each["event"] for each in second["items"]] == ["job.rejected"]
    assert second["next_cursor"] is None
    bad = get(call, "/v1/jobs", query={"cursor": first["next_cursor"]})
    assert_problem(bad, 422, "invalid_request")


class TestRotating:
    def test_both_secrets_sign_for_a_day(
        self, call: Call, job: Job, connection: Connection, sqs: SQSClient
    ) -> None:
        answer = post(call, "/v1/webhook-secret/rotate")
        assert answer["statusCode"] == 200
        body = answer["body"]
        assert body["secret"].startswith("whsec_")
        assert body["secret"] != FIRST
        assert body["previous"]["secret"] == FIRST
        left = datetime.fromisoformat(body["previous"]["expires_at"]) - datetime.now(UTC)
        assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
        assert get(call, "/v1/webhook-secret")["body"] == body

        [delivery, *_] = deliveries.of_job(connection, job.job_id)
        post(call, f"/v1/deliveries/{delivery.delivery_id}/redeliver")
        message = sent(sqs)
        for secret in (FIRST, body["secret"]):
            Webhook(secret).verify(message["body"], message["headers"])

    def test_the_secret_before_the_previous_one_signs_no_more(self, call: Call) -> None:
        first = post(call, "/v1/webhook-secret/rotate")["body"]["secret"]
        again = post(call, "/v1/webhook-secret/rotate")["body"]
        assert again["previous"]["secret"] == first
        assert FIRST not in json.dumps(again)

    def test_another_tenants_secret_stays(self, call: Call, other_key: str) -> None:
        before = get(call, "/v1/webhook-secret", key=other_key)["body"]
        post(call, "/v1/webhook-secret/rotate")
        assert get(call, "/v1/webhook-secret", key=other_key)["body"] == before
