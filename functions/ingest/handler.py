"""Lambda's way in: S3's notifications and our own messages, both through the uploads queue."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from database.connection import Database
from ingest.batch import work_through
from ingest.ending import Ending
from ingest.ingestion import Ingestion
from ingest.settings import IngestSettings
from ingest.uploads import Uploads
from pipeline import clients
from pipeline.messages import tenant_group
from pipeline.queues import SENDERS, Queue
from pipeline.redelivery import Redelivery


@cache
def redelivery() -> Redelivery:
    return Redelivery(clients.sqs(clients.SHORT), Logger())


STATEMENT_SECONDS = 40.0
"""For one statement, a lock that it waits for included. Less than ``ingestion.MARGIN``, for one may
begin just before that."""


@cache
def ingestion() -> Ingestion:
    settings = IngestSettings()
    sqs = clients.sqs(clients.LONG, connections=SENDERS)
    return Ingestion(
        database=Database(settings, statement_timeout=STATEMENT_SECONDS),
        uploads=Uploads(clients.s3(clients.LONG), settings.uploads_bucket),
        images=Queue(sqs, settings.images_queue_url, group=tenant_group),
        continuations=Queue(sqs, settings.uploads_queue_url),
        ending=Ending(
            finished=Queue(sqs, settings.finished_queue_url),
            deliveries=Queue(sqs, settings.deliveries_queue_url, group=tenant_group),
            api_url=settings.api_url,
        ),
        logger=Logger(),
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    def remaining() -> float:
        return context.get_remaining_time_in_millis() / 1000

    return redelivery().run(event, lambda: work_through(event, ingestion(), remaining=remaining))
