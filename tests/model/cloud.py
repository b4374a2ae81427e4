"""SQS and S3 in memory, behind boto3's interface: as much of both as the functions use.

The queues promise no more than SQS does. Messages are handed out in any order, hidden meanwhile,
again if nobody deleted them, and to the dead letters after too many times; tests lose and double
them on top.
"""
# ruff: noqa: N803 (boto3's names)

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from tests.model.clock import Clock
from tests.model.faults import Faults, Killed

ENDPOINT = "https://aws.example"


def unreachable() -> Exception:
    return EndpointConnectionError(endpoint_url=ENDPOINT)


def refused(status: int, operation: str) -> Exception:
    answer = {"Error": {"Code": str(status)}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)  # type: ignore[arg-type] # enough of an answer


@dataclass
class Message:
    message_id: str
    body: str
    visible_at: datetime
    receives: int = 0


@dataclass
class MemoryQueue:
    """One queue. ``hidden`` is its visibility timeout, ``receives`` what makes a message dead."""

    hidden: timedelta
    receives: int = 0
    dead: "MemoryQueue | None" = None
    messages: list[Message] = field(default_factory=list)


class MemorySqs:
    """Queues by their names, which are their URLs as well.

    Attributes:
        groups: by queue, the groups of messages that were sent.
    """

    def __init__(self, clock: Clock, faults: Faults, queues: Mapping[str, MemoryQueue]) -> None:
        self.queues = dict(queues)
        self.groups: set[tuple[str, str | None]] = set()
        self._clock = clock
        self._faults = faults
        self._numbers = count()

    def send_message_batch(
        self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        assert len(Entries) <= 10
        self._faults.point(unreachable)
        for entry in Entries:
            self.groups.add((QueueUrl, entry.get("MessageGroupId")))
            self.put(QueueUrl, entry["MessageBody"], delay=entry.get("DelaySeconds", 0))
        self._faults.point(unreachable)  # sent, and the answer is lost
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        self._faults.point(unreachable)
        found = dict.fromkeys(AttributeNames, "0")
        found["ApproximateNumberOfMessages"] = str(len(self.queues[QueueUrl].messages))
        return {"Attributes": found}

    def put(self, name: str, body: str, *, delay: int = 0) -> None:
        visible_at = self._clock.now + timedelta(seconds=delay)
        self.queues[name].messages.append(Message(str(next(self._numbers)), body, visible_at))

    def double(self, name: str, message: Message) -> None:
        self.queues[name].messages.append(replace(message, message_id=str(next(self._numbers))))

    def waiting(self, name: str) -> list[Message]:
        """What could be handed out now. What was handed out too often becomes a dead letter."""
        queue = self.queues[name]
        visible = [each for each in queue.messages if each.visible_at <= self._clock.now]
        if queue.dead is not None:
            for each in [each for each in visible if each.receives >= queue.receives]:
                visible.remove(each)
                queue.messages.remove(each)
                queue.dead.messages.append(each)
        return visible

    def hand_out(
        self,
        name: str,
        messages: Sequence[Message],
        function: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> bool:
        """Invokes a function with messages, as Lambda does; False if it was killed."""
        queue = self.queues[name]
        for each in messages:
            each.receives += 1
            each.visible_at = self._clock.now + queue.hidden
        try:
            answer = function({"Records": [_record(each) for each in messages]})
        except Killed:
            return False
        except Exception:  # noqa: BLE001 (Lambda's own boundary: the batch comes again)
            return True
        again = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        queue.messages = [
            each for each in queue.messages if each not in messages or each.message_id in again
        ]
        return True


def _record(message: Message) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        "receiptHandle": f"handle of {message.message_id}",
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
    }


class Body(io.BytesIO):
    """What S3 sends."""

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        while chunk := self.read(size):
            yield chunk


class MemoryS3:
    """Buckets with versions. A new object in ``uploads`` is announced as S3 announces it.

    Args:
        announce: takes the message.
    """

    def __init__(self, faults: Faults, announce: Callable[[str], None]) -> None:
        self.objects: dict[tuple[str, str], list[bytes]] = {}
        self._faults = faults
        self._announce = announce

    def put_object(
        self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str = "", **_: object
    ) -> dict[str, Any]:
        self._faults.point(unreachable)
        if IfNoneMatch and (Bucket, Key) in self.objects:
            raise refused(412, "PutObject")
        versions = self.objects.setdefault((Bucket, Key), [])
        versions.append(bytes(Body))
        if Bucket == "uploads":
            self._announce(_notification(Key, str(len(versions))))
        self._faults.point(unreachable)
        return {"VersionId": str(len(versions))}

    def head_object(self, *, Bucket: str, Key: str, VersionId: str | None = None) -> dict[str, Any]:
        data, version = self._find(Bucket, Key, VersionId)
        return {"ContentLength": len(data), "VersionId": version}

    def get_object(self, *, Bucket: str, Key: str, VersionId: str | None = None) -> dict[str, Any]:
        data, _ = self._find(Bucket, Key, VersionId)
        return {"Body": Body(data)}

    def generate_presigned_post(self, **_: object) -> dict[str, Any]:
        return {"url": ENDPOINT, "fields": {}}

    def _find(self, bucket: str, key: str, version: str | None) -> tuple[bytes, str]:
        self._faults.point(unreachable)
        versions = self.objects.get((bucket, key), [])
        if not versions:
            raise refused(404, "HeadObject")
        number = int(version) if version else len(versions)
        return versions[number - 1], str(number)


def _notification(key: str, version: str) -> str:
    found = {"key": key, "versionId": version}
    record = {"eventName": "ObjectCreated:Post", "s3": {"object": found}}
    return json.dumps({"Records": [record]})
