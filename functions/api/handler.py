"""Lambda's way in: API Gateway's events."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from api.application import Application
from api.authentication import Authenticator
from api.backend import Backend
from api.settings import ApiSettings
from api.storage import Storage
from database.connection import Database
from pipeline import clients
from pipeline.messages import tenant_group
from pipeline.queues import Queue

STATEMENT_SECONDS = 15.0
"""For one statement. Who waits is told what is the matter before the function's 20 s are over. None
takes a second when no lock is in its way: what would is ingest's (``database.retries.AT_ONCE``)."""


@cache
def application() -> Application:
    settings = ApiSettings()
    database = Database(settings, statement_timeout=STATEMENT_SECONDS)
    s3 = clients.s3(clients.SHORT)
    elsewhere = settings.storage_url
    storage = Storage(
        s3,
        signer=clients.s3(clients.SHORT, endpoint_url=elsewhere) if elsewhere else s3,
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
        images_bucket=settings.images_bucket,
    )
    sqs = clients.sqs(clients.SHORT)
    return Application(
        Backend(
            settings=settings,
            database=database,
            storage=storage,
            uploads=Queue(sqs, settings.uploads_queue_url),
            deliveries=Queue(sqs, settings.deliveries_queue_url, group=tenant_group),
            authenticator=Authenticator(database),
            logger=Logger(),
        )
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return application().answer(event, context)
