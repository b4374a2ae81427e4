"""The whole system in one process: functions, queues, buckets and a clock over a database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from database import tenants
from janitor.rounds import DutiesFailedError
from pipeline.messages import DeliverWebhook
from tests.api_requests import KEY
from tests.model.clock import BEGIN, Clock
from tests.model.cloud import MemoryQueue, MemoryS3, MemorySqs, Message
from tests.model.faults import Faults, Killed
from tests.model.functions import Event, Functions
from tests.model.images import Processor
from tests.model.receiver import Receiver
from webhooks import schedule

SECRET = "whsec_" + "c2VjcmV0" * 4

HIDDEN = {"uploads": 5400, "images": 1081, "outcomes": 361, "finished": 5400, "deliveries": 180}
"""Seconds, as ``infra`` has them."""

RECEIVES = {"images": 10, "outcomes": 100}
"""Times until a message is dead; five for the others."""

# Whatever moves is written down by the database itself.
LOG = """
    CREATE TABLE clock.moves (
        number bigserial, what text, job_id uuid, place text, before text, after text);
    CREATE FUNCTION clock.note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.status <> NEW.status THEN
            INSERT INTO clock.moves (what, job_id, place, before, after) VALUES (
                TG_TABLE_NAME, NEW.job_id,
                coalesce(to_jsonb(NEW)->>'position', to_jsonb(NEW)->>'delivery_id'),
                OLD.status, NEW.status);
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER note AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION clock.note();
    CREATE TRIGGER note AFTER UPDATE ON images FOR EACH ROW EXECUTE FUNCTION clock.note();
    CREATE TRIGGER note AFTER UPDATE ON deliveries FOR EACH ROW EXECUTE FUNCTION clock.note();
"""


class World:
    """Functions, queues, buckets, users and a clock over a database that is empty at first."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        clock: Clock,
        make: Callable[[MemorySqs, MemoryS3, Receiver, Faults], Functions],
    ) -> None:
        self.connection = connection
        self.clock = clock
        clock.set(BEGIN)
        connection.execute(
            "TRUNCATE tenants, api_keys, jobs, idempotency_keys, csv_rows, images, deliveries,"
            " delivery_attempts, silent_receivers, clock.moves"
        )
        self.tenant_id = tenants.ensure(connection, name="acme", webhook_secret=SECRET)
        tenants.add_api_key(
            connection, tenant_id=self.tenant_id, api_key=KEY, name="model", expires_at=None
        )
        self.faults = Faults()
        queues: dict[str, MemoryQueue] = {}
        for name, hidden in HIDDEN.items():
            dead = queues[f"{name}-dead"] = MemoryQueue(timedelta(seconds=360))
            queues[name] = MemoryQueue(timedelta(seconds=hidden), RECEIVES.get(name, 5), dead)
        self.sqs = MemorySqs(clock, self.faults, queues)
        self.s3 = MemoryS3(self.faults, lambda body: self.sqs.put("uploads", body))
        self.receiver = Receiver(clock, self.faults, SECRET)
        # Two of each: while one is in the middle of something, another may be quicker.
        self.functions = [make(self.sqs, self.s3, self.receiver, self.faults) for _ in range(2)]
        self.processor = Processor(self.sqs, self.s3)
        self.uploads: dict[UUID, bytes] = {}
        self.redelivered: list[UUID] = []
        self._turn = 0

    @contextmanager
    def another_environment(self) -> Iterator[None]:
        """Its turn, in the middle of what the first one does."""
        self._turn = 1
        try:
            yield
        finally:
            self._turn = 0

    def close(self) -> None:
        for each in self.functions:
            each.end()

    # What goes on in the background

    def work(self, name: str, choose: Callable[[list[Message]], Sequence[Message]]) -> None:
        """Hands messages of a queue to its consumer."""
        waiting = self.sqs.waiting(name)
        chosen = list(choose(waiting)) if waiting else []
        if not chosen:
            return
        consumers: Mapping[str, Callable[[Event], Event]] = {
            "uploads": self.here.ingest,
            "images": self.processor.process,
            "outcomes": self.here.record,
            "images-dead": self.here.record,
            "deliveries-dead": self.here.record,
            "finished": self.here.finish,
            "deliveries": self.notify,
        }
        if not self.sqs.hand_out(name, chosen, consumers[name]):
            self.here.end()

    def janitor(self) -> None:
        try:
            self.here.janitor()
        except DutiesFailedError:
            pass
        except Killed:
            self.here.end()

    def notify(self, event: Event) -> Event:
        """The notifier; each request is held against the attempts before it."""
        before = len(self.receiver.posts)
        try:
            return self.here.notify(event)
        finally:
            posted = {each.delivery_id for each in self.receiver.posts[before:]}
            for record in event["Records"]:
                message = DeliverWebhook.model_validate_json(record["body"])
                if message.delivery_id in posted:
                    self._check_pause(message)

    def _check_pause(self, message: DeliverWebhook) -> None:
        row = self.row("SELECT * FROM deliveries WHERE delivery_id = %s", message.delivery_id)
        tries = message.attempt - 1 - row["restarted_after"]
        assert tries <= len(schedule.PAUSES)
        if tries > 0:
            before = self.row(
                "SELECT at FROM delivery_attempts WHERE delivery_id = %s AND attempt = %s",
                message.delivery_id,
                message.attempt - 1,
            )
            # A message with a delay comes at a whole second.
            pause = schedule.PAUSES[tries - 1] - timedelta(seconds=0.5)
            assert self.clock.now - before["at"] >= pause

    # What is looked at

    def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), arguments).fetchall()

    def row(self, query: str, *arguments: object) -> dict[str, Any]:
        [found] = self.rows(query, *arguments)
        return found

    def job_ids(self) -> list[UUID]:
        return [each["job_id"] for each in self.rows("SELECT job_id FROM jobs ORDER BY job_id")]

    @property
    def here(self) -> Functions:
        """The environment whose turn it is: the second one within the first one's pauses."""
        return self.functions[self._turn]
