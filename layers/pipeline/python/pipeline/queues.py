"""Sending to and reading from SQS."""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        BatchResultErrorEntryTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

BATCH = 10
"""Messages in one SendMessageBatch; SQS allows no more."""

BATCH_BYTES = 250_000
"""Of message bodies in one SendMessageBatch. SQS takes 1 MiB since August 2025, 256 KiB before."""

SENDERS = 16
"""Requests under way at once. One takes 5-20 ms on AWS: some 10,000 messages a second."""

SEND_TRIES = 6
"""Tries for the entries of a batch that SQS throttled: 0.1, 0.2 … 1.6 s apart, jittered."""

M = TypeVar("M")


class SendFailedError(Exception):
    """SQS kept refusing some messages. The caller's own message must come again.

    Its text names the queue, how many were refused, and SQS's reason for each kind.
    """


class Queue:
    """One queue to send to.

    Args:
        client: a boto3 SQS client; it is shared by threads, which boto3 allows.
        group: picks the message group of each message, if any. On a standard queue groups keep one
            tenant's flood from delaying another's messages (SQS fair queues); they order nothing.
    """

    def __init__(
        self, client: "SQSClient", url: str, *, group: Callable[[Any], str] | None = None
    ) -> None:
        self.url = url
        self._client = client
        self._group = group

    def send(self, messages: Iterable[BaseModel], *, delay: int = 0) -> int:
        """Sends everything in full batches, several at once.

        Args:
            delay: seconds until the messages become visible, at most 900.

        Returns:
            the number of messages sent.

        Raises:
            SendFailedError: some were refused ``SEND_TRIES`` times; others may have been sent.
        """
        batches = _batches(self._entry(message, delay) for message in messages)
        first = next(batches, None)
        if first is None:
            return 0
        second = next(batches, None)
        if second is None:
            return self._send_batch(first)
        with ThreadPoolExecutor(SENDERS) as pool:
            sent = [pool.submit(self._send_batch, batch) for batch in (first, second)]
            sent += [pool.submit(self._send_batch, batch) for batch in batches]
            return sum(each.result() for each in sent)

    def depth(self) -> int:
        """About how many messages there are: waiting, delayed, or in somebody's hands."""
        answer = self._client.get_queue_attributes(
            QueueUrl=self.url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesDelayed",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )
        return sum(int(count) for count in answer["Attributes"].values())

    def _entry(self, message: BaseModel, delay: int) -> "SendMessageBatchRequestEntryTypeDef":
        entry: SendMessageBatchRequestEntryTypeDef = {"Id": "0", "MessageBody": _body(message)}
        if delay:
            entry["DelaySeconds"] = delay
        if self._group is not None:
            entry["MessageGroupId"] = self._group(message)
        return entry

    def _send_batch(self, batch: "list[SendMessageBatchRequestEntryTypeDef]") -> int:
        waiting = {str(n): entry | {"Id": str(n)} for n, entry in enumerate(batch)}
        for attempt in range(SEND_TRIES):
            if attempt:
                time.sleep(random.uniform(0.5, 1) * 0.1 * 2 ** (attempt - 1))  # noqa: S311 (jitter)
            answer = self._client.send_message_batch(
                QueueUrl=self.url, Entries=list(waiting.values())
            )
            for done in answer.get("Successful", []):
                del waiting[done["Id"]]
            if not waiting:
                return len(batch)
        reasons = sorted({_reason(entry) for entry in answer.get("Failed", [])})
        raise SendFailedError(
            f"{self.url}: SQS refused {len(waiting)} of {len(batch)} messages {SEND_TRIES} times: "
            + "; ".join(reasons)
        )


def _reason(refused: "BatchResultErrorEntryTypeDef") -> str:
    """With what SQS says beside the code. Bodies are a tenant's, and not for the log."""
    return f"{refused['Code']} ({refused['Message']})" if "Message" in refused else refused["Code"]


def _body(message: BaseModel) -> str:
    """As JSON, which may hold two characters that SQS refuses. They stand in strings only, and
    there an escape means the same."""
    text = message.model_dump_json(exclude_defaults=True)  # as pipeline.messages says
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _batches(
    entries: "Iterable[SendMessageBatchRequestEntryTypeDef]",
) -> "Iterator[list[SendMessageBatchRequestEntryTypeDef]]":
    batch: list[SendMessageBatchRequestEntryTypeDef] = []
    room = BATCH_BYTES
    for entry in entries:
        size = len(entry["MessageBody"].encode())
        if batch and (len(batch) == BATCH or size > room):
            yield batch
            batch, room = [], BATCH_BYTES
        batch.append(entry)
        room -= size
    if batch:
        yield batch


@dataclass(frozen=True)
class Received(Generic[M]):
    """One message of a Lambda event, its body parsed.

    ``receives`` counts how often SQS has handed it out, this time included.
    """

    message_id: str
    receipt_handle: str
    receives: int
    message: M


@dataclass(frozen=True)
class Malformed:
    """A message that this release cannot read: a newer one may have written it, or nobody of us."""

    message_id: str
    receipt_handle: str
    receives: int
    reason: str


def received(
    event: dict[str, Any], kind: type[M] | TypeAdapter[M]
) -> Iterator[Received[M] | Malformed]:
    """The messages of an SQS event, in order.

    Args:
        kind: what each body is: a message class, or an adapter for a union of them.
    """
    adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    for record in event["Records"]:
        try:
            message = adapter.validate_json(record["body"])
        except ValidationError as error:
            yield Malformed(
                record["messageId"],
                record["receiptHandle"],
                int(record["attributes"]["ApproximateReceiveCount"]),
                json.dumps(error.errors(include_url=False, include_input=False)),
            )
            continue
        yield Received(
            record["messageId"],
            record["receiptHandle"],
            int(record["attributes"]["ApproximateReceiveCount"]),
            message,
        )


def failures(message_ids: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """A partial batch response: SQS hands out these again and deletes the others."""
    return {"batchItemFailures": [{"itemIdentifier": each} for each in message_ids]}
