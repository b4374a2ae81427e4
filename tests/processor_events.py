"""The processor's queues and bucket in moto, and events as Lambda makes them of real messages."""

import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from pipeline.messages import ImageFinished, ImagesFinished, ProcessImage
from pipeline.options import ImageOptions
from pipeline.queues import Queue
from processor import handler as entry

EVENTS = Path(__file__).parents[1] / "events"
TENANT = UUID("0199a1de-0000-7000-8000-000000000001")
JOB = UUID("0199a1de-0000-7000-8000-000000000002")
BUCKET = "images"
URL = "https://images.example"


class Context:
    """The part of Lambda's context that the handler asks for."""

    def __init__(self, seconds: float = 120) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return round((self._end - time.monotonic()) * 1000)


class Cloud:
    """Queues and bucket of the processor, in moto."""

    def __init__(self, s3: S3Client, sqs: SQSClient) -> None:
        self.s3, self.sqs = s3, sqs
        s3.create_bucket(Bucket=BUCKET)
        self.images = sqs.create_queue(QueueName="images")["QueueUrl"]
        self.outcomes = sqs.create_queue(QueueName="outcomes")["QueueUrl"]

    def event(self, *urls: str, receives: int = 1, **options: object) -> dict[str, Any]:
        """An SQS event as Lambda makes it of messages that are really on the queue."""
        Queue(self.sqs, self.images).send(
            ProcessImage(
                tenant_id=TENANT,
                job_id=JOB,
                position=position,
                url=url,
                options=ImageOptions.model_validate(options).stored(),
            )
            for position, url in enumerate(urls)
        )
        return self.events(len(urls), receives=receives)

    def events(self, count: int = 1, *, receives: int) -> dict[str, Any]:
        """The next messages on the queue, as Lambda hands them over."""
        template = json.loads((EVENTS / "processor.json").read_text("utf-8"))["Records"][0]
        records: list[dict[str, Any]] = []
        while len(records) < count:
            got = self.sqs.receive_message(
                QueueUrl=self.images, MaxNumberOfMessages=10, VisibilityTimeout=600
            )
            records += [
                template
                | {
                    "messageId": each["MessageId"],
                    "receiptHandle": each["ReceiptHandle"],
                    "body": each["Body"],
                    "attributes": {"ApproximateReceiveCount": str(receives)},
                }
                for each in got["Messages"]
            ]
        return {"Records": records}

    @property
    def environment(self) -> dict[str, str]:
        """The processor's."""
        return {
            "IMAGES_BUCKET": BUCKET,
            "IMAGES_URL": URL,
            "IMAGES_QUEUE_URL": self.images,
            "OUTCOMES_QUEUE_URL": self.outcomes,
            "ALLOWED_NETWORKS": "127.0.0.0/8",
            "CONTACT": "ops@shop.example",
        }

    def finished(self) -> dict[int, ImageFinished]:
        """All outcomes that were reported, by position."""
        found: list[ImageFinished] = []
        while messages := self.sqs.receive_message(
            QueueUrl=self.outcomes, MaxNumberOfMessages=10
        ).get("Messages"):
            for message in messages:
                found += ImagesFinished.model_validate_json(message["Body"]).outcomes
        return {each.position: each for each in found}

    def waiting(self) -> list[ProcessImage]:
        """What is on the queue and was not handed out."""
        got = self.sqs.receive_message(QueueUrl=self.images, MaxNumberOfMessages=10)
        return [ProcessImage.model_validate_json(each["Body"]) for each in got.get("Messages", [])]

    def visible(self) -> int:
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.images, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(attributes["Attributes"]["ApproximateNumberOfMessages"])


def run(event: dict[str, Any], seconds: float = 120) -> list[str]:
    """Calls the handler. Returns the ids of the messages to be tried again."""
    answer = entry.handler(event, Context(seconds))  # type: ignore[arg-type] # the part it asks for
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def visibility_of(cloud: Cloud, event: dict[str, Any]) -> list[int]:
    """The seconds after which the handler wants the messages back."""
    asked: list[int] = []

    def note(params: dict[str, Any], **_: object) -> None:
        asked.extend(entry["VisibilityTimeout"] for entry in params["Entries"])

    client = entry.batch().visibility._client
    events = client.meta.events
    events.register("provide-client-params.sqs.ChangeMessageVisibilityBatch", note)
    run(event)
    return asked
