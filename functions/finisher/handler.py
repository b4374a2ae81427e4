"""Lambda's way in: the finished queue."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from database.connection import Database
from finisher.batch import work_through
from finisher.finishing import Finishing
from finisher.results import Results
from finisher.settings import FinisherSettings
from finisher.uploads import Uploads
from pipeline import clients
from pipeline.messages import tenant_group
from pipeline.queues import Queue
from pipeline.redelivery import Redelivery


@cache
def redelivery() -> Redelivery:
    return Redelivery(clients.sqs(clients.SHORT), Logger())


STATEMENT_SECONDS = 60.0
"""For one statement, a lock that it waits for included. A page of a result takes milliseconds."""


@cache
def finishing() -> Finishing:
    settings = FinisherSettings()
    s3 = clients.s3(clients.LONG)
    sqs = clients.sqs(clients.LONG)
    return Finishing(
        database=Database(settings, statement_timeout=STATEMENT_SECONDS),
        uploads=Uploads(s3, settings.uploads_bucket),
        results=Results(s3, settings.results_bucket),
        deliveries=Queue(sqs, settings.deliveries_queue_url, group=tenant_group),
        api_url=settings.api_url,
        logger=Logger(),
    )


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return redelivery().run(event, lambda: work_through(event, finishing()))
