"""When the messages of a run that failed come again.

A queue hides a message for six times the function's timeout, which is made for functions that
Lambda throttles or kills: up to 90 minutes. Most runs that fail do so within seconds, because
PostgreSQL fails over or AWS has a bad moment, and their messages should come again as soon as that
may be over.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.visibility import PutBack, Visibility

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

FIRST_PAUSE = 20.0
"""Seconds, give or take a half. A failover of RDS takes about a minute."""

SHORT_PAUSES = 5
"""Receives after which the pause doubles with each further one."""

LONGEST_PAUSE = 900.0
"""Seconds."""

Record = Mapping[str, Any]


def pause(receives: int, *, jitter: float | None = None) -> int:
    """Seconds until a message comes again.

    Args:
        receives: how often it was handed out, this time included.
        jitter: 0.0-1.0 in place of a random number, for tests.
    """
    share = random.random() if jitter is None else jitter  # noqa: S311 (no secret)
    doublings = min(max(0, receives - SHORT_PAUSES), 10)
    return round(min(LONGEST_PAUSE, math.ldexp(FIRST_PAUSE, doublings)) * (0.5 + share))


class Redelivery:
    """Runs a handler's work, and sets when the messages that it could not handle come again."""

    def __init__(self, client: "SQSClient", logger: Logger) -> None:
        self._client = client
        self._logger = logger
        self._queues: dict[str, Visibility] = {}

    def run(self, event: dict[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The answer of ``work`` to an SQS event.

        Args:
            work: returns a partial batch response, or raises where all messages are to come again.
        """
        try:
            answer = work()
        except Exception:
            self._put_back(event["Records"])
            raise
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        self._put_back([each for each in event["Records"] if each["messageId"] in failed])
        return answer

    def _put_back(self, records: Sequence[Record]) -> None:
        if not records:
            return
        try:
            queue = self._queue(records[0]["eventSourceARN"])
        except (BotoCoreError, ClientError):
            self._logger.exception("visibility not changed")
            return
        queue.change(
            PutBack(
                each["messageId"],
                each["receiptHandle"],
                pause(int(each["attributes"]["ApproximateReceiveCount"])),
            )
            for each in records
        )

    def _queue(self, arn: str) -> Visibility:
        """The queue of an event: all its messages are from one, but a function may have several."""
        if arn not in self._queues:
            name = arn.rpartition(":")[2]
            url = self._client.get_queue_url(QueueName=name)["QueueUrl"]
            self._queues[arn] = Visibility(self._client, url, self._logger)
        return self._queues[arn]
