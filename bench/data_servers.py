"""The data zone's far ends: an S3 that holds one upload and takes results, and an SQS.

``python -m bench.data_servers`` says its port. To each line ``{"upload": path}`` it serves that
file as the upload from then on, and answers what came in since the last: bytes, requests, messages.
"""

import asyncio
import json
import re
import sys
from functools import partial
from pathlib import Path

from bench.processes import talk
from bench.servers import OK, SEND, Answer, Exchange, sent

STORE_SECONDS = 0.015
"""S3 in the same region, for each request."""

XML = "Content-Type: application/xml\r\n"
BEGUN = b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
DONE = b"<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>"


class Cloud:
    """As much of S3 and SQS as ingest, recorder and finisher ask for."""

    def __init__(self) -> None:
        self.upload = b""
        self.counts = {"bytes": 0, "requests": 0, "messages": 0}

    def __call__(self, asked: str, target: str, body: bytes) -> Answer:
        if target:
            self.counts["requests"] += 1
            self.counts["messages"] += len(json.loads(body)["Entries"]) if target == SEND else 0
            return sent(target, body)
        self.counts["bytes"] += len(body)
        method = asked.partition(" ")[0]
        if method == "HEAD":
            return STORE_SECONDS, OK, f"Content-Length: {len(self.upload)}\r\n", b""
        if method == "GET":
            return STORE_SECONDS, OK, "Content-Type: text/csv\r\n", self.upload
        if method == "POST":
            return STORE_SECONDS, OK, XML, BEGUN if re.search(r"\?uploads\b", asked) else DONE
        return STORE_SECONDS, OK, 'ETag: "1"\r\n', b""


async def serve() -> None:
    loop = asyncio.get_running_loop()
    cloud = Cloud()
    server = await loop.create_server(partial(Exchange, cloud), "127.0.0.1", 0, backlog=1024)
    talk({"port": server.sockets[0].getsockname()[1]})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        question = json.loads(line)
        if "upload" in question:
            cloud.upload = Path(question["upload"]).read_bytes()
        talk(cloud.counts)
        cloud.counts = dict.fromkeys(cloud.counts, 0)


if __name__ == "__main__":
    asyncio.run(serve())
