"""Putting a message aside that would fail again, however often it came."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_REASON = 500
"""Characters of a reason that go with the message."""


class DeadLetters:
    """A queue of dead letters that a consumer fills itself.

    SQS would do that too, but only after the queue's last receive, which is made for a database
    that is away: hours in which the message fails again and again.

    Args:
        url: of the queue; without one nothing can be put aside, and the messages go on failing.
    """

    def __init__(self, client: "SQSClient", url: str | None, logger: Logger) -> None:
        self._client = client
        self._url = url
        self._logger = logger

    def put(self, record: Mapping[str, Any], *, reason: str) -> bool:
        """Puts one message of a Lambda event aside, as it came.

        Args:
            record: the message, as Lambda has it.
            reason: why; for the log, and beside the message (its attribute ``Reason``).

        Returns:
            whether it is there; if not, the queue should hand the message out again.
        """
        if self._url is None:
            return False
        try:
            answer = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {
                        "Id": "0",
                        "MessageBody": record["body"],
                        "MessageAttributes": {
                            "Reason": {
                                "DataType": "String",
                                "StringValue": _printable(reason)[:LONGEST_REASON],
                            }
                        },
                    }
                ],
            )
        except (BotoCoreError, ClientError):
            self._logger.exception("message not put aside", extra=_about(record))
            return False
        if not answer.get("Successful"):
            self._logger.error("message not put aside", extra=_about(record))
            return False
        self._logger.error("message put aside", extra={**_about(record), "reason": reason})
        return True


def _about(record: Mapping[str, Any]) -> dict[str, str]:
    return {"message_id": record["messageId"]}


def _printable(text: str) -> str:
    """SQS takes no control characters in an attribute, and no empty one."""
    return "".join(char if char.isprintable() else " " for char in text) or "unknown"
