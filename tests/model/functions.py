"""Every function's own code, wired by its own handler, with the world around it exchanged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from api import handler as api
from api.application import Application
from database.connection import Database, DatabaseSettings
from finisher import batch as finisher_batch
from finisher import handler as finisher
from finisher.finishing import Finishing
from ingest import batch as ingest_batch
from ingest import handler as ingest
from ingest.ingestion import Ingestion
from janitor import handler as janitor
from janitor.rounds import Round
from notifier import batch as notifier_batch
from notifier import handler as notifier
from notifier.notifying import Notifying
from pipeline.dead_letters import DeadLetters
from recorder import batch as recorder_batch
from recorder import handler as recorder
from recorder.recording import Recording
from tests.model.cloud import MemoryS3, MemorySqs
from tests.model.faults import Faults
from tests.model.inline import Inline
from tests.model.receiver import Receiver
from tests.model.wires import FaultyDatabase

API_URL = "https://api.example"
QUEUES = ("uploads", "images", "outcomes", "finished", "deliveries")
BUCKETS = ("uploads", "results", "images")
SECONDS = 900.0
"""Left to each invocation."""

CACHED = (
    api.application, ingest.ingestion, recorder.recording, recorder.dead_letters,
    finisher.finishing, notifier.notifying, janitor.janitor, janitor.database, janitor.settings,
)  # fmt: skip

Event = dict[str, Any]


@dataclass(frozen=True)
class Functions:
    """One execution environment of each function."""

    api: Application
    ingestion: Ingestion
    recording: Recording
    finishing: Finishing
    notifying: Notifying
    janitor_round: Round
    dead_letters: DeadLetters
    databases: list[Database]

    def ingest(self, event: Event) -> Event:
        return ingest_batch.work_through(event, self.ingestion, remaining=lambda: SECONDS)

    def record(self, event: Event) -> Event:
        return recorder_batch.work_through(
            event, self.recording, self.dead_letters, time_left=lambda: SECONDS
        )

    def janitor(self) -> None:
        self.janitor_round.run(time_left=lambda: SECONDS)

    def finish(self, event: Event) -> Event:
        return finisher_batch.work_through(event, self.finishing)

    def notify(self, event: Event) -> Event:
        return notifier_batch.work_through(event, self.notifying)

    def end(self) -> None:
        """The environments' processes are gone, and with them their connections."""
        for database in self.databases:
            database.close()


def prepare(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> Callable[[MemorySqs, MemoryS3, Receiver, Faults], Functions]:
    """What makes functions over a database, for as long as the test runs."""
    environment = {
        "DATABASE_URL": database_url,
        "API_URL": API_URL,
        "ALLOWED_NETWORKS": "",
        "CONTACT": "",
        "RETENTION_DAYS": "90",
        "POWERTOOLS_SERVICE_NAME": "model",
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        **{f"{name.upper()}_QUEUE_URL": name for name in QUEUES},
        "OUTCOMES_DEAD_QUEUE_URL": "outcomes-dead",
        **{f"{name.upper()}_BUCKET": name for name in BUCKETS},
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for module in ("ingest.sender", "pipeline.queues", "notifier.notifying"):
        monkeypatch.setattr(f"{module}.ThreadPoolExecutor", Inline)

    def make(sqs: MemorySqs, s3: MemoryS3, receiver: Receiver, faults: Faults) -> Functions:
        databases: list[Database] = []

        def connected(settings: DatabaseSettings, *, statement_timeout: float | None) -> Database:
            database = FaultyDatabase(settings, faults, statement_timeout=statement_timeout)
            databases.append(database)
            return database

        with pytest.MonkeyPatch.context() as wiring:
            clients: dict[str, object] = {"sqs": sqs, "s3": s3}
            wiring.setattr(boto3, "client", lambda name, **_: clients[name])
            wiring.setattr(notifier, "Client", lambda **_: receiver)
            for module in (api, ingest, recorder, finisher, janitor):
                wiring.setattr(module, "Database", connected)
            for cached in CACHED:
                cached.cache_clear()
            try:
                return Functions(
                    api=api.application(),
                    ingestion=ingest.ingestion(),
                    recording=recorder.recording(),
                    finishing=finisher.finishing(),
                    notifying=notifier.notifying(),
                    janitor_round=janitor.janitor(),
                    dead_letters=recorder.dead_letters(),
                    databases=databases,
                )
            finally:
                for cached in CACHED:
                    cached.cache_clear()

    return make
