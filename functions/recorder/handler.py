"""Lambda's way in: the outcomes queue, and the dead letters of images and deliveries."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from database.connection import Database
from pipeline import clients
from pipeline.queues import Queue
from pipeline.redelivery import Redelivery
from recorder.batch import work_through
from recorder.recording import Recording
from recorder.settings import RecorderSettings


@cache
def redelivery() -> Redelivery:
    return Redelivery(clients.sqs(clients.SHORT), Logger())


@cache
def recording() -> Recording:
    settings = RecorderSettings()
    sqs = clients.sqs(clients.SHORT)
    return Recording(
        database=Database(settings),
        finished=Queue(sqs, settings.finished_queue_url),
        deliveries=Queue(sqs, settings.deliveries_queue_url),
        api_url=settings.api_url,
        logger=Logger(),
    )


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return redelivery().run(event, lambda: work_through(event, recording()))
