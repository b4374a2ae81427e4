"""A function of the data zone as it is measured: its own handler, fed with events.

``python -m bench.data_subject <function>`` is ready when it says so. To each line
``{"events": [...]}`` it answers with seconds of wall and CPU time, each event's own wall time, the
body of the last answer, and the most memory it ever had.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bench.processes import talk
from bench.subject import peak_mib

SECONDS = 900.0


class Context:
    """The part of Lambda's context that the handlers ask for."""

    def __init__(self) -> None:
        self._end = time.monotonic() + SECONDS

    def get_remaining_time_in_millis(self) -> int:
        return round((self._end - time.monotonic()) * 1000)


def sqs_event(*bodies: str) -> dict[str, Any]:
    """An event of a queue with these messages."""
    return {
        "Records": [
            {
                "messageId": str(number),
                "receiptHandle": str(number),
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies)
        ]
    }


def work(handler: Any, events: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ANN401 (any function's)
    wall, cpu = time.perf_counter(), time.process_time()
    each: list[float] = []
    answer: dict[str, Any] = {}
    for event in events:
        began = time.perf_counter()
        answer = handler(event, Context())
        each.append(time.perf_counter() - began)
        if answer.get("batchItemFailures") or answer.get("statusCode", 200) >= 400:
            raise RuntimeError(f"it answered {answer}")
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "each": each,
        "last": answer.get("body"),
        "peak_mib": peak_mib(),
    }


def main(function: str) -> None:
    with os.fdopen(os.dup(1), "w") as answers, Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)  # functions log to their standard output
        handler = importlib.import_module(f"{function}.handler").handler
        talk({"ready": True}, answers)
        for line in sys.stdin:
            talk(work(handler, json.loads(line)["events"]), answers)


if __name__ == "__main__":
    main(sys.argv[1])
