"""Lambda's way in: the outcomes queue, and the dead letters of images and deliveries."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from database.connection import Database
from pipeline import clients
from pipeline.dead_letters import DeadLetters
from pipeline.messages import tenant_group
from pipeline.queues import Queue
from pipeline.redelivery import Redelivery
from recorder.batch import work_through
from recorder.recording import STATEMENT_SECONDS, Recording
from recorder.settings import RecorderSettings


@cache
def redelivery() -> Redelivery:
    return Redelivery(clients.sqs(clients.SHORT), Logger())


@cache
def recording() -> Recording:
    settings = RecorderSettings()
    sqs = clients.sqs(clients.SHORT)
    return Recording(
        database=Database(settings, statement_timeout=STATEMENT_SECONDS),
        finished=Queue(sqs, settings.finished_queue_url),
        deliveries=Queue(sqs, settings.deliveries_queue_url, group=tenant_group),
        api_url=settings.api_url,
        logger=Logger(),
    )


@cache
def dead_letters() -> DeadLetters:
    url = RecorderSettings().outcomes_dead_queue_url
    return DeadLetters(clients.sqs(clients.SHORT), url, Logger())


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    def time_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    def work() -> dict[str, Any]:
        return work_through(event, recording(), dead_letters(), time_left=time_left)

    return redelivery().run(event, work)
