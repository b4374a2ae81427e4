"""Lambda's way in: the images queue."""

from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from outbound.addresses import parse_networks
from outbound.client import Client
from pipeline import patience
from pipeline.messages import tenant_group
from pipeline.queues import Queue
from processor import allocator
from processor.batch import THREADS, Batch
from processor.cancellations import Cancellations
from processor.image import ImageProcessor
from processor.retries import Visibility
from processor.settings import ProcessorSettings
from processor.uploads import Uploads
from processor.wiring import stores


@cache
def batch() -> Batch:
    allocator.keep_for_the_next_image()
    settings = ProcessorSettings()
    logger = Logger()
    uploads = Uploads()
    sqs = boto3.client("sqs", config=patience.SHORT.config())
    s3 = boto3.client("s3", config=patience.STORE.config(max_pool_connections=THREADS))
    marks = boto3.client("s3", config=patience.HINT.config())
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
