"""The far ends: an origin that is 150 ms away, and a store and a queue that take their time.

One process of its own, so that none of its work counts for whoever is measured. Only the first
byte waits: bandwidth is loopback's, for us and the peers alike. ``python -m bench.servers FILE…``
says its ports, and to each further line how many images were stored so far.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.processes import talk

ORIGIN_SECONDS = 0.150
STORE_SECONDS = 0.050
QUEUE_SECONDS = 0.010

SEND = "AmazonSQS.SendMessageBatch"


OK = "200 OK"
ABSENT = "404 Not Found"

Answer = tuple[float, str, str, bytes]
"""Seconds until it comes, status, headers, body."""


class Exchange(asyncio.Protocol):
    """HTTP/1.1 with kept connections, one request at a time, and nothing more.

    Args:
        answer: called with method and path (``GET /a.jpg``), ``X-Amz-Target`` and body.
    """

    def __init__(self, answer: Callable[[str, str, bytes], Answer]) -> None:
        self._answer = answer
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].decode("latin-1")
        fields = (line.partition(":") for line in head.split("\r\n")[1:])
        headers = {name.lower(): value.strip() for name, _, value in fields}
        whole = end + 4 + int(headers.get("content-length", "0"))
        if len(self._received) < whole:
            if headers.get("expect") == "100-continue" and len(self._received) == end + 4:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        body = bytes(self._received[end + 4 : whole])
        del self._received[:whole]
        asked = head.split(" HTTP/", 1)[0]
        seconds, status, extra, answer = self._answer(asked, headers.get("x-amz-target", ""), body)
        length = "" if "Content-Length" in extra else f"Content-Length: {len(answer)}\r\n"
        response = f"HTTP/1.1 {status}\r\n{length}{extra}\r\n"
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, self._respond, response.encode() + answer)

    def _respond(self, response: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(response)


class Origin:
    """Serves files as ``/<any number>/<index of the file>``."""

    def __init__(self, files: list[Path]) -> None:
        self._bodies = [path.read_bytes() for path in files]

    def __call__(self, asked: str, _target: str, _body: bytes) -> Answer:
        index = int(asked.rsplit("/", 1)[1])
        return ORIGIN_SECONDS, OK, "Content-Type: image/jpeg\r\n", self._bodies[index]


class Cloud:
    """S3's PUT, no mark of a cancelled job, and as much of SQS as the processor asks for."""

    def __init__(self) -> None:
        self.stored = 0

    def __call__(self, asked: str, target: str, body: bytes) -> Answer:
        if not target and "/cancelled/" in asked:
            return STORE_SECONDS, ABSENT, "", b""
        if not target:
            self.stored += 1
            return STORE_SECONDS, OK, 'ETag: "0"\r\n', b""
        return sent(target, body)


def sent(target: str, body: bytes) -> Answer:
    """SQS takes whatever is sent to it."""
    entries = json.loads(body)["Entries"] if target == SEND else []
    taken = [{"Id": each["Id"], "MessageId": "0", "MD5OfMessageBody": "0"} for each in entries]
    return (
        QUEUE_SECONDS,
        OK,
        "Content-Type: application/x-amz-json-1.0\r\n",
        json.dumps({"Successful": taken, "Failed": []}).encode(),
    )


async def serve(files: list[Path]) -> None:
    loop = asyncio.get_running_loop()
    cloud = Cloud()
    ports = {}
    for name, end in (("origin", Origin(files)), ("cloud", cloud)):
        server = await loop.create_server(partial(Exchange, end), "127.0.0.1", 0, backlog=1024)
        ports[name] = server.sockets[0].getsockname()[1]
    talk(ports)
    while await loop.run_in_executor(None, sys.stdin.readline):
        talk({"stored": cloud.stored})


if __name__ == "__main__":
    asyncio.run(serve([Path(each) for each in sys.argv[1:]]))
