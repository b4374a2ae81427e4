"""The api function over a real PostgreSQL and moto's S3, for every test of its calls."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from api.handler import application, handler
from database import tenants
from database.connection import Connection
from tests.api_requests import API_URL, KEY, Answer, Call, event


@pytest.fixture
def call(  # noqa: PLR0917 (fixtures)
    database_url: str,
    connection: Connection,
    tenant_id: UUID,
    s3: S3Client,
    sqs: SQSClient,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Call]:
    """Answers an event; the body of the answer is parsed where it is JSON."""
    for bucket in ("uploads", "results", "images"):
        s3.create_bucket(Bucket=bucket)
        monkeypatch.setenv(f"{bucket.upper()}_BUCKET", bucket)
    for queue in ("uploads", "deliveries"):
        url = sqs.create_queue(QueueName=queue)["QueueUrl"]
        monkeypatch.setenv(f"{queue.upper()}_QUEUE_URL", url)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("API_URL", API_URL)
    monkeypatch.setenv("RETENTION_DAYS", "90")
    # A logger of that name lives as long as the process, and writes to the stdout it began with.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"api-{uuid4()}")
    tenants.add_api_key(connection, tenant_id=tenant_id, api_key=KEY, name="test", expires_at=None)
    application.cache_clear()

    def answer(sent: dict[str, Any]) -> Answer:
        got = handler(sent, None)  # type: ignore[arg-type]  # the context is not used
        if "json" in got["headers"].get("Content-Type", "") and not got["isBase64Encoded"]:
            got["body"] = json.loads(got["body"])
        return got

    yield answer
    application()._backend.database.close()
    application.cache_clear()


@pytest.fixture
def other_key(connection: Connection) -> str:
    """An API key of another tenant."""
    other = tenants.ensure(connection, name="rival", webhook_secret="whsec_" + "cml2YWwx" * 4)
    tenants.add_api_key(
        connection, tenant_id=other, api_key="dk_other", name="test", expires_at=None
    )
    return "dk_other"


@pytest.fixture
def job_id(call: Call) -> UUID:
    """A job that has been taken in."""
    return UUID(call(event("create-csv"))["body"]["job_id"])
