"""Has each release read what the other has sent, whatever the moment of the deploy."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from mypy_boto3_lambda.client import LambdaClient
from mypy_boto3_sqs.client import SQSClient

from localcloud import cdk
from localcloud.errors import CloudError
from localcloud.stack import Stack

HELD = ("outcomes", "finished", "deliveries")
"""Queues that are nearly always empty. On those of uploads and images messages wait anyway."""

PATIENCE = 300.0
POLL = 0.2


@contextmanager
def held(stack: Stack) -> Iterator[None]:
    """Keeps messages of every queue from being consumed from before the block until after it. It
    begins once there are some.

    Raises:
        CloudError: none came.
    """
    session, url = cdk.session(), stack.aws_endpoint_url
    functions: LambdaClient = session.client("lambda", endpoint_url=url)
    queues: SQSClient = session.client("sqs", endpoint_url=url)
    mappings = _mappings(functions, queues, stack)
    try:
        _enable(functions, mappings, to=False)
        deadline = time.monotonic() + PATIENCE
        while empty := [name for name in HELD if not _waiting(queues, stack.queues[name])]:
            if time.monotonic() > deadline:
                raise CloudError(f"No message came to the queues {', '.join(empty)}.")
            time.sleep(POLL)
        yield
    finally:
        _enable(functions, mappings, to=True)


def _mappings(functions: LambdaClient, queues: SQSClient, stack: Stack) -> list[str]:
    """What hands the queues' messages to their consumers; a deploy leaves it as it is."""
    arns = {
        queues.get_queue_attributes(QueueUrl=stack.queues[name], AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        for name in HELD
    }
    found = functions.list_event_source_mappings()["EventSourceMappings"]
    return [each["UUID"] for each in found if each["EventSourceArn"] in arns]


def _enable(functions: LambdaClient, mappings: list[str], *, to: bool) -> None:
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=to)


def _waiting(queues: SQSClient, url: str) -> int:
    answer = queues.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])
