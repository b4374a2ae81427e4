"""The processor as it is measured: its own handler, fed with SQS events.

One question a line: ``{"urls": […], "batch": N}``. The answer has seconds of wall and CPU time for
all of them, worked off as Lambda would, one batch after another. ``python -m bench.subject``
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from aws_lambda_powertools.utilities.typing import LambdaContext

from bench.places import ROOT
from bench.processes import talk
from pipeline.messages import ProcessImage
from pipeline.options import ImageOptions
from processor.handler import handler

EVENT = ROOT / "events" / "processor.json"
TENANT = UUID("0199a1de-0000-7000-8000-000000000001")
JOB = UUID("0199a1de-0000-7000-8000-000000000002")
SECONDS = 180.0


class Context:
    """The part of Lambda's context that the handler asks for."""

    def __init__(self) -> None:
        self._end = time.monotonic() + SECONDS

    def get_remaining_time_in_millis(self) -> int:
        return round((self._end - time.monotonic()) * 1000)


def events(urls: list[str], batch: int) -> list[dict[str, Any]]:
    template = json.loads(EVENT.read_text("utf-8"))["Records"][0]
    records = [
        template
        | {
            "messageId": f"{position}",
            "body": ProcessImage(
                tenant_id=TENANT,
                job_id=JOB,
                position=position,
                url=url,
                options=ImageOptions().stored(),
            ).model_dump_json(),
        }
        for position, url in enumerate(urls)
    ]
    return [{"Records": records[at : at + batch]} for at in range(0, len(records), batch)]


def peak_mib() -> float:
    """The most memory this process ever had, as the kernel counts it."""
    status = Path("/proc/self/status")
    if status.exists():  # what ``getrusage`` says begins with whoever started this
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def work(urls: list[str], batch: int) -> dict[str, float]:
    waiting = events(urls, batch)
    began = resource.getrusage(resource.RUSAGE_SELF)
    wall, cpu = time.perf_counter(), time.process_time()
    answers = [handler(event, cast("LambdaContext", Context())) for event in waiting]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ended = resource.getrusage(resource.RUSAGE_SELF)
    failed = sum(len(answer["batchItemFailures"]) for answer in answers)
    if failed:
        raise RuntimeError(f"{failed} images failed")
    return {
        "images": len(urls),
        "wall": wall,
        "cpu": cpu,
        "system": ended.ru_stime - began.ru_stime,
        "faults": ended.ru_minflt - began.ru_minflt,
        "peak_mib": peak_mib(),
    }


def main() -> None:
    with os.fdopen(os.dup(1), "w") as answers, Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)  # the function logs to its standard output, at a cost
        for line in sys.stdin:
            question = json.loads(line)
            talk(work(question["urls"], question["batch"]), answers)


if __name__ == "__main__":
    main()
