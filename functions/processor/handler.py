"""Lambda's way in: the images queue."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from outbound.addresses import parse_networks
from outbound.client import Client
from pipeline import clients
from pipeline.messages import tenant_group
from pipeline.queues import Queue
from pipeline.visibility import Visibility
from processor import allocator
from processor.batch import THREADS, Batch
from processor.cancellations import Cancellations
from processor.image import ImageProcessor
from processor.settings import ProcessorSettings
from processor.uploads import Uploads
from processor.wiring import stores


@cache
def batch() -> Batch:
    allocator.keep_for_the_next_image()
    settings = ProcessorSettings()
    logger = Logger()
    uploads = Uploads()
    sqs = clients.sqs(clients.SHORT)
    s3 = clients.s3(clients.STORE, connections=THREADS)
    marks = clients.s3(clients.OPTIONAL)
    return Batch(
        processor=ImageProcessor(
            client=Client(
                contact=settings.contact, allowed=parse_networks(settings.allowed_networks)
            ),
            stores=stores(settings, s3, uploads.observe),
        ),
        cancellations=Cancellations(marks, settings.images_bucket, logger),
        images=Queue(sqs, settings.images_queue_url, group=tenant_group),
        outcomes=Queue(sqs, settings.outcomes_queue_url),
        visibility=Visibility(sqs, settings.images_queue_url, logger),
        logger=logger,
        uploads=uploads,
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return batch().work_through(
        event, time_left=lambda: context.get_remaining_time_in_millis() / 1000
    )
