"""The data zone's consumers while PostgreSQL is away: their messages come again soon."""

import importlib
from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

import psycopg
import pytest
import time_machine
from mypy_boto3_sqs import SQSClient

from pipeline.messages import FinishJob, ImagesFinished, IngestUpload, Message
from tests.sqs_events import received

NOW = 1_800_000_000
HIDDEN = "5400"
"""Seconds that the queue itself hides a message."""

CONSUMERS = [
    pytest.param("ingest", "uploads", IngestUpload(job_id=uuid4()), id="ingest"),
    pytest.param("recorder", "outcomes", ImagesFinished(outcomes=[]), id="recorder"),
    pytest.param("finisher", "finished", FinishJob(job_id=uuid4()), id="finisher"),
]


class Context:
    """As much of Lambda's context as the handlers ask for."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of every function, with a database that nobody answers for."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("API_URL", "https://api.example")
    for name in ("uploads", "images", "outcomes", "finished", "deliveries"):
        monkeypatch.setenv(f"{name.upper()}_QUEUE_URL", f"https://sqs.example/{name}")
        monkeypatch.setenv(f"{name.upper()}_BUCKET", name)
    monkeypatch.setenv("RESULTS_BUCKET", "results")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"away-{uuid4()}")
    cached = [
        cached
        for name in ("ingest", "recorder", "finisher")
        for cached in vars(importlib.import_module(f"{name}.handler")).values()
        if hasattr(cached, "cache_clear")
    ]
    for each in cached:
        each.cache_clear()
    yield
    for each in cached:
        each.cache_clear()


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(("function", "queue", "message"), CONSUMERS)
def test_a_message_comes_again_soon_while_postgresql_is_away(
    sqs: SQSClient, function: str, queue: str, message: Message
) -> None:
    handler = importlib.import_module(f"{function}.handler").handler
    url = sqs.create_queue(QueueName=queue, Attributes={"VisibilityTimeout": HIDDEN})["QueueUrl"]
    with time_machine.travel(NOW, tick=False) as clock:
        sqs.send_message(QueueUrl=url, MessageBody=message.model_dump_json())
        sent = received(sqs, url, 1)
        with suppress(psycopg.OperationalError):  # or it names the message in its answer
            answer = handler(sent, Context())
            assert len(answer["batchItemFailures"]) == 1
        clock.shift(9)
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        clock.shift(22)
        assert "Messages" in sqs.receive_message(QueueUrl=url)
