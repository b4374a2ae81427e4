"""What answers and log lines never hold: secrets in neither, nothing of how the system is made in
an answer."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from api.handler import application
from database import deliveries, jobs
from database.connection import Connection
from pipeline.job import Job
from pipeline.states import JobEvent, JobStatus
from tests.api_requests import CSV, KEY, Call, form, get, request

TOKEN = "tok-3f1b0c9d"
"""Stands in every place where a client may put a secret of its own."""

INSIDE = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|psycopg|botocore|pydantic|SELECT |INSERT |UPDATE |"
    r"relation|column \"|api_keys|\btenants\b|darkroom_template|NoSuchBucket|QueueDoesNotExist",
)
"""Words of stack traces, statements, tables and libraries."""


@pytest.fixture
def job(new_job: Callable[..., Job], connection: Connection) -> Job:
    """A completed job that failed in part, with a webhook that was given up."""
    job = new_job(JobStatus.COMPLETED, images=1, webhook_url=f"https://shop.example/?t={TOKEN}")
    connection.execute("UPDATE images SET status = 'failed', error_code = 'not_found'")
    connection.execute("UPDATE jobs SET images_failed = images_total")
    deliveries.open_delivery(connection, job, JobEvent.COMPLETED, body="{}")
    return job


@pytest.fixture
def secrets(database_url: str, job: Job) -> list[str]:
    """What must be in no log line."""
    password = psycopg.conninfo.conninfo_to_dict(database_url).get("password")
    own = [KEY, "c2VjcmV0c2VjcmV0", "X-Amz-Signature", "x-amz-signature", "X-Amz-Credential"]
    return [*own, "testing", TOKEN, "Oak chair", *([str(password)] if password else [])]


def test_no_log_line_holds_a_secret_of_anybody(
    call: Call,
    connection: Connection,
    job: Job,
    secrets: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    [delivery] = deliveries.of_job(connection, job.job_id)
    hidden = {"webhook_url": f"https://shop.example/hook?token={TOKEN}", "filename": TOKEN}
    headers, body = form(file=(f"{TOKEN}.csv", CSV), webhook_url=hidden["webhook_url"])
    answers = [
        call(
            request(
                "POST",
                "/v1/jobs",
                headers={"content-type": "application/json"},
                body=json.dumps(hidden).encode(),
            )
        ),
        call(
            request(
                "POST", "/v1/jobs", headers={"content-type": "text/csv"}, query=hidden, body=CSV
            )
        ),
        call(request("POST", "/v1/jobs", headers=headers | {"idempotency-key": TOKEN}, body=body)),
        get(call, f"/v1/jobs/{job.job_id}"),
        get(call, f"/v1/jobs/{job.job_id}/images"),
        get(call, f"/v1/jobs/{job.job_id}/deliveries"),
        get(call, f"/v1/jobs/{job.job_id}/result"),
        get(call, f"/v1/jobs/{job.job_id}/failures"),
        get(call, "/v1/webhook-secret"),
        call(request("POST", "/v1/webhook-secret/rotate")),
        call(request("POST", f"/v1/deliveries/{delivery.delivery_id}/redeliver")),
        call(request("POST", f"/v1/jobs/{job.job_id}/retry")),
    ]
    assert {each["statusCode"] for each in answers} == {200, 201, 202, 303}
    _assert_none(secrets, capsys.readouterr())


MISPLACED: dict[str, dict[str, Any]] = {
    "a wrong key": request("GET", "/v1/jobs", key=TOKEN),
    "a key of another kind": request(
        "GET", "/v1/jobs", key=None, headers={"authorization": f"Basic {TOKEN}"}
    ),
    "a key in the query": request("GET", "/v1/jobs", key=None, query={"api_key": TOKEN}),
    "a key in the path": request("GET", f"/v1/jobs/{TOKEN}"),
    "a key as a cursor": request("GET", "/v1/jobs", query={"cursor": TOKEN}),
    "a key in a path that is none": request("GET", f"/{TOKEN}"),
    "a password in a webhook's address": request(
        "POST",
        "/v1/jobs",
        headers={"content-type": "application/json"},
        body=json.dumps({"webhook_url": f"https://me:{TOKEN}@shop.example/"}).encode(),
    ),
    "a secret in what is no JSON": request(
        "POST", "/v1/jobs", headers={"content-type": "application/json"}, body=TOKEN.encode()
    ),
    "a secret in what is no form": request(
        "POST",
        "/v1/jobs",
        headers={"content-type": "multipart/form-data; boundary=x"},
        body=TOKEN.encode(),
    ),
    "a secret as a value": request(
        "POST", "/v1/jobs", headers={"content-type": "text/csv"}, body=CSV, query={"quality": TOKEN}
    ),
}


@pytest.mark.parametrize("what", MISPLACED)
def test_what_is_refused_is_repeated_neither_to_the_client_nor_to_the_log(
    call: Call, secrets: list[str], capsys: pytest.CaptureFixture[str], what: str
) -> None:
    answer = call(MISPLACED[what])
    assert 400 <= answer["statusCode"] < 500
    assert TOKEN not in json.dumps(answer)
    assert not INSIDE.search(json.dumps(answer["body"]))
    _assert_none(secrets, capsys.readouterr())


def test_what_breaks_is_told_without_how_the_system_is_made(  # noqa: PLR0917 (fixtures)
    call: Call,
    connection: Connection,
    database_url: str,
    job: Job,
    secrets: list[str],
    s3: S3Client,
    sqs: SQSClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    [delivery] = deliveries.of_job(connection, job.job_id)
    redeliver = f"/v1/deliveries/{delivery.delivery_id}/redeliver"
    csv = request("POST", "/v1/jobs", headers={"content-type": "text/csv"}, body=CSV)

    s3.delete_bucket(Bucket="uploads")
    broken = [call(csv)]
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="deliveries")["QueueUrl"])
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="uploads")["QueueUrl"])
    for path in (redeliver, f"/v1/jobs/{job.job_id}/retry"):
        assert call(request("POST", path))["statusCode"] == 202  # the janitor's to queue again

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "page", lambda *_, **__: 1 / 0)
        broken.append(get(call, "/v1/jobs"))
    for table in ("jobs", "images", "deliveries", "api_keys", "idempotency_keys"):
        connection.execute(f"ALTER TABLE {table} RENAME TO lost")
        application()._backend.authenticator._known.clear()
        broken += [
            get(call, "/v1/jobs"),
            get(call, f"/v1/jobs/{job.job_id}/images"),
            call(request("POST", redeliver)),
            call(csv | {"headers": csv["headers"] | {"idempotency-key": TOKEN}}),
        ]
        connection.execute(f"ALTER TABLE lost RENAME TO {table}")
    monkeypatch.setenv(
        "DATABASE_URL",
        psycopg.conninfo.make_conninfo(database_url, host="/nowhere", password=TOKEN),
    )
    application()._backend.database.close()
    application.cache_clear()
    broken += [get(call, "/v1/jobs"), get(call, "/health", key=None), call(csv)]

    failed = [each for each in broken if each["statusCode"] >= 500]
    assert len(failed) >= 10
    assert {each["statusCode"] for each in failed} == {500, 503}
    for answer in failed:
        assert not INSIDE.search(json.dumps(answer["body"])), answer
        assert not [secret for secret in secrets if secret in json.dumps(answer)]
    written = capsys.readouterr()
    assert "Traceback" in written.out  # the log is where it belongs
    _assert_none(secrets, written)


def _assert_none(secrets: list[str], written: Any) -> None:
    lines = f"{written.out}{written.err}"
    assert lines
    for secret in secrets:
        assert secret not in lines, next(line for line in lines.splitlines() if secret in line)
        encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
        assert encoded not in lines
