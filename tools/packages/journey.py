"""One job through all functions of the real packages: real PostgreSQL, emulated S3 and SQS.

An import proves that a package is whole; this proves what only runs later: the schema's files, each
codec, the calls of boto3 as old as Lambda may have it, all of it on a read-only file system.
"""

import io
import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from PIL import Image

from localcloud.demo.receiver import Receiver
from packages.contents import Package
from packages.room.room import Room
from packages.surroundings import FORMATS, Origin, Services, arn

CONSUMERS = {
    "uploads": "ingest",
    "images": "processor",
    "outcomes": "recorder",
    "finished": "finisher",
    "deliveries": "notifier",
}
ENTRIES = ("migrator", "api", "janitor")
"""What no queue calls."""

PAGES = ("api-health", "api-docs", "api-console")
"""Sample events whose answers are made of files in the package."""

UNKNOWN = "whsec_" + "c2VjcmV0" * 4
"""Verifies no webhook: for a journey whose first step failed."""

NO_TLS = "server does not support SSL, but SSL was required"
"""What PostgreSQL's client library says when a server like the local one has none."""

ROUNDS = 20
"""In which each queue is looked at once; a job takes about four."""

Json = dict[str, Any]


class Journey:
    """Sends one job on its way and calls each function as Lambda would."""

    def __init__(
        self, root: Path, room: Room, packages: Mapping[str, Package], services: Services
    ) -> None:
        self._events = root / "events"
        self._room = room
        self._packages = packages
        self._services = services
        self._key = ""
        self.problems: list[str] = []
        self._called: set[str] = set()

    def run(self) -> None:
        """Fills ``problems`` with what did not go as it should."""
        self._connect_by_secret()
        self.call("migrator", self._event("migrator-deploy"))
        made = self.call("migrator", self._event("migrator-create-api-key"))
        self._key = made.get("api_key", "")
        for page in PAGES:
            answer = self.call("api", self._event(page))
            if answer.get("statusCode") != HTTPStatus.OK or not answer.get("body"):
                self.problems.append(f"{page} is answered with {answer.get('statusCode')}.")
        secret = self.ask("GET", "/v1/webhook-secret").get("secret", UNKNOWN)
        with Origin() as origin, Receiver(secret, report=lambda _: None) as receiver:
            rows = [f"{n},{url[1:]},{origin.url}{url}" for n, url in enumerate(origin.pictures)]
            job = self.ask(
                *("POST", "/v1/jobs"),
                query={"format": "keep", "webhook_url": receiver.url},
                body="\n".join(["S. No.,Product Name,Input Image Urls", *rows]),
            )
            self._carry()
            arrived = {each.event for each in receiver.deliveries if each.verified}
        self._judge(self.ask("GET", f"/v1/jobs/{job.get('job_id')}"), arrived)
        self.call("janitor", self._event("janitor"))
        for name in sorted({*ENTRIES, *CONSUMERS.values()} - self._called):
            self.problems.append(f"The job did not come to function {name}.")

    def ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: str = ""
    ) -> Json:
        """A request as API Gateway hands it over; the answer's JSON."""
        event = self._event("api-create-csv")
        event |= {"rawPath": path, "rawQueryString": urlencode(query or {}), "body": body}
        event["queryStringParameters"] = dict(query or {})
        event["headers"]["authorization"] = f"Bearer {self._key}"
        event["requestContext"]["http"] |= {"method": method, "path": path}
        answer = self.call("api", event)
        if answer.get("statusCode") not in (HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.CREATED):
            self.problems.append(f"{method} {path} is answered with {json.dumps(answer)}.")
            return {}
        content: Json = json.loads(answer["body"])
        return content

    def call(self, name: str, event: Json) -> Json:
        """What the function answers; a failure is noted."""
        self._called.add(name)
        package = self._packages[name]
        settings = self._services.without_tls(self._services.settings(package))
        told = self._room.run(package, settings, checks=False, own=[], event=event)
        for problem in told["problems"]:
            self.problems.append(f"function {name} {problem}.")
        if "error" in told:
            self.problems.append(f"function {name} fails on its sample event: {told['error']}.")
        result = told.get("result")
        if isinstance(result, dict) and result.get("batchItemFailures"):
            last = told["log"].strip().splitlines()[-1:]
            self.problems.append(f"function {name} puts its messages back: {' '.join(last)}")
        return result if isinstance(result, dict) else {}

    def _connect_by_secret(self) -> None:
        """As on AWS, where the database is reached with TLS alone: as far as that goes here."""
        package = self._packages["migrator"]
        settings = self._services.settings(package)
        told = self._room.run(package, settings, checks=False, own=[], event={})
        if NO_TLS not in told.get("error", ""):
            said = told.get("error") or told["problems"]
            self.problems.append(f"function migrator does not connect by its secret: {said}.")

    def _carry(self) -> None:
        """Hands messages on until no queue has any."""
        for _ in range(ROUNDS):
            moved = [self._consume(queue, name) for queue, name in CONSUMERS.items()]
            if not any(moved):
                return

    def _consume(self, queue: str, consumer: str) -> bool:
        url = self._services.queues[queue]
        received = self._services.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages", [])
        if not received:
            return False
        (sample,) = self._event(consumer)["Records"][:1]
        records = [
            sample
            | {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": each["Attributes"],
                "eventSourceARN": arn(queue),
            }
            for each in received
        ]
        self.call(consumer, {"Records": records})
        for each in received:
            self._services.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return True

    def _judge(self, job: Json, arrived: set[str]) -> None:
        if job.get("status") != "completed":
            self.problems.append(f"The job is not completed: {json.dumps(job)}.")
        if "job.completed" not in arrived:
            self.problems.append(f"No webhook said that the job is completed: {sorted(arrived)}.")
        found = self._services.s3.list_objects_v2(Bucket="images").get("Contents", [])
        kinds = {
            Image.open(
                io.BytesIO(
                    self._services.s3.get_object(Bucket="images", Key=each["Key"])["Body"].read()
                )
            ).format
            for each in found
        }
        missing = {name.upper() for name in FORMATS} - kinds
        if missing:
            self.problems.append(f"No image came out as {', '.join(sorted(missing))}.")

    def _event(self, name: str) -> Json:
        names = {"recorder": "recorder-outcomes"}
        file = self._events / f"{names.get(name, name)}.json"
        event: Json = json.loads(file.read_text("utf-8"))
        return event
