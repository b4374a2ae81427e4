"""Setting the time after which SQS hands a message out again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10
"""Messages in one ChangeMessageVisibilityBatch; SQS allows no more."""


@dataclass(frozen=True)
class PutBack:
    """A message to be handed out again after ``seconds``."""

    message_id: str
    receipt_handle: str
    seconds: int


class Visibility:
    """Decides when messages that were not finished come again."""

    def __init__(self, client: "SQSClient", queue_url: str, logger: Logger) -> None:
        self._client = client
        self._queue_url = queue_url
        self._logger = logger

    def change(self, messages: Iterable[PutBack]) -> None:
        """Only a wish: a message whose time cannot be set comes again by the queue's own time. If
        SQS does not answer, the others are not waited for."""
        waiting = list(messages)
        for start in range(0, len(waiting), BATCH):
            try:
                self._client.change_message_visibility_batch(
                    QueueUrl=self._queue_url,
                    Entries=[
                        {
                            "Id": str(n),
                            "ReceiptHandle": each.receipt_handle,
                            "VisibilityTimeout": each.seconds,
                        }
                        for n, each in enumerate(waiting[start : start + BATCH])
                    ],
                )
            except ClientError:
                self._logger.exception("visibility not changed")
            except BotoCoreError:
                self._logger.exception("visibility not changed")
                return
