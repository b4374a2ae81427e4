"""Lambda's way in: the schedule, every minute."""

from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from database.connection import Database
from janitor.cancellations import Cancellations
from janitor.endings import Endings
from janitor.images import Images
from janitor.retention import Retention
from janitor.rounds import Round
from janitor.settings import JanitorSettings
from janitor.uploads import Uploads
from janitor.webhooks_due import WebhooksDue
from pipeline import clients
from pipeline.messages import tenant_group
from pipeline.queues import SENDERS, Queue

STATEMENT_SECONDS = 5.0
"""For one statement. None takes a second; what is given up is done in smaller pieces, or by a later
round."""


@cache
def settings() -> JanitorSettings:
    return JanitorSettings()


@cache
def database() -> Database:
    return Database(settings(), statement_timeout=STATEMENT_SECONDS)


@cache
def janitor() -> Round:
    logger = Logger()
    sqs = clients.sqs(clients.SHORT, connections=SENDERS)
    s3 = clients.s3(clients.SHORT)
    uploads = Uploads(
        database=database(),
        s3=s3,
        bucket=settings().uploads_bucket,
        queue=Queue(sqs, settings().uploads_queue_url),
        logger=logger,
    )
    images = Images(
        database=database(),
        queue=Queue(sqs, settings().images_queue_url, group=tenant_group),
        logger=logger,
    )
    cancellations = Cancellations(
        database=database(), s3=s3, bucket=settings().images_bucket, logger=logger
    )
    endings = Endings(
        database=database(), queue=Queue(sqs, settings().finished_queue_url), logger=logger
    )
    webhooks = WebhooksDue(
        database=database(), queue=Queue(sqs, settings().deliveries_queue_url, group=tenant_group)
    )
    retention = Retention(database=database(), days=settings().retention_days, logger=logger)
    return Round(
        duties={
            "webhooks_sent": webhooks.send,
            "uploads_found_or_expired": uploads.look_for_awaited,
            "ingests_repeated": uploads.repeat_ingests,
            "images_repeated": images.repeat,
            "images_given_up": images.give_up,
            "cancelled_jobs_marked": cancellations.mark,
            "jobs_closed": endings.close_counted,
            "finishes_repeated": endings.repeat,
            "jobs_rejected": endings.give_up,
            "jobs_deleted": retention.delete,
        },
        logger=logger,
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    return janitor().run(
        time_left=lambda: context.get_remaining_time_in_millis() / 1000, number=minute(event)
    )


def minute(event: dict[str, Any]) -> int:
    """Of the hour, at which the round was due; 0 where somebody invokes the function by hand."""
    due = event.get("time")
    return datetime.fromisoformat(due).minute if due else 0
