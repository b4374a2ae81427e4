"""Lambda's way in: the deliveries queue."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from notifier.batch import work_through
from notifier.notifying import Notifying
from notifier.settings import NotifierSettings
from outbound.addresses import parse_networks
from outbound.client import Client
from pipeline import clients
from pipeline.queues import Queue


@cache
def notifying() -> Notifying:
    settings = NotifierSettings()
    sqs = clients.sqs(clients.SHORT)
    return Notifying(
        client=Client(contact=settings.contact, allowed=parse_networks(settings.allowed_networks)),
        outcomes=Queue(sqs, settings.outcomes_queue_url),
        logger=Logger(),
    )


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return work_through(event, notifying())
