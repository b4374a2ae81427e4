"""The source of a function that says what functions find on an emulator.

It is deployed, called and deleted by the trial beside it, so it may import nothing but what every
Lambda runtime has: the standard library and boto3.
"""

import importlib.util
import os
import platform
import socket
import sys
import urllib.request
from typing import Any

import boto3

LAYER = "darkroom_trial_layer"
"""Name of the module that its layer has."""

SECONDS = 5.0
"""For one attempt to connect."""


def handler(event: dict[str, Any], _context: object) -> Any:  # noqa: ANN401 (what the caller expects)
    """Answers an HTTP API, a queue, and the trial itself."""
    if "requestContext" in event:
        return {"statusCode": 200, "body": os.environ["NAME"]}
    if "Records" in event:
        for record in event["Records"]:
            _answer(record["body"])
        return {"batchItemFailures": []}
    _answer(event["say"])
    return {
        "python": ".".join(map(str, sys.version_info[:2])),
        "system": platform.system(),
        "machine": platform.machine(),
        "libc": _libc(),
        "endpoint_url": os.environ.get("AWS_ENDPOINT_URL", ""),
        "layer": importlib.util.find_spec(LAYER) is not None,
        "database": [_connection_failure(host, port) for host, port in event["database"]],
        "this_machine": _first_that_answers(event["this_machine"]),
    }


def _answer(text: str) -> None:
    boto3.client("sqs").send_message(QueueUrl=os.environ["ANSWERS"], MessageBody=text)


def _libc() -> str:
    """``glibc 2.34``, or ``musl``, or nothing on what is not Linux."""
    if sys.platform != "linux":
        return ""
    name, version = platform.libc_ver()
    return f"{name} {version}" if name == "glibc" else "musl"


def _connection_failure(host: str, port: int) -> str | None:
    """Why there is no connection; ``None`` if there is one."""
    try:
        socket.create_connection((host, port), SECONDS).close()
    except OSError as error:
        return str(error)
    return None


def _first_that_answers(urls: list[list[str]]) -> list[str] | None:
    """The first host whose URL answers as it is to, and its address."""
    for host, url, expected in urls:
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 (the trial's own)
                if answer.read().decode() == expected:
                    return [host, socket.gethostbyname(host)]
        except OSError:
            continue
    return None
