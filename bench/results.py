"""What a job's size does to its result, to the API's answers and to deleting it."""

import json
import statistics
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, LiteralString

from bench import catalogues
from bench.data_subject import sqs_event
from bench.house import KEY, House, check
from bench.processes import Child
from bench.tables import Figures, table
from database import retention
from database.retention import Deleted
from pipeline.messages import FinishJob
from pipeline.states import JobStatus
from tests.api_requests import request

PIECE = 5_000
"""Rows, and images, that the janitor deletes in a transaction (functions/janitor/retention.py)."""

ALIKE: LiteralString = """
    UPDATE images SET
        status = other.status, output_url = other.output_url, input_bytes = other.input_bytes,
        input_width = other.input_width, input_height = other.input_height,
        input_format = other.input_format, output_bytes = other.output_bytes,
        output_width = other.output_width, output_height = other.output_height,
        output_format = other.output_format, output_sha256 = other.output_sha256
    FROM images AS other
    WHERE images.job_id = %(job_id)s AND other.job_id = %(other)s
      AND other.position = images.position
"""

CALLS = 200
PAGE = 100


def finish(home: House, size: int) -> Figures:
    """The largest job's result."""
    home.cloud.ask(upload=str(catalogues.catalogue(size)))
    event = sqs_event(FinishJob(job_id=home.jobs[size]).model_dump_json())
    with home.function("finisher") as subject:
        run = subject.ask(events=[event])
    written = home.cloud.ask()["bytes"]
    check(home, size, JobStatus.COMPLETED)
    table(
        "Finisher",
        ("rows", "rows/s", "MB written", "peak MiB"),
        [
            (
                f"{size:,}",
                f"{size / run['wall']:,.0f}",
                f"{written / 1e6:.1f}",
                f"{run['peak_mib']:.0f}",
            )
        ],
    )
    return {
        "finisher_rows_per_s": size / run["wall"],
        "finisher_peak_mib": run["peak_mib"],
    }


def look(home: House, sizes: Sequence[int]) -> Figures:
    """The API's status and its pages of images, in turns from the smallest job to the largest:
    what else the machine does then falls on all of them."""
    for size in sizes[:-1]:  # the largest job's images have their outcomes; what is shown decides
        home.connection.execute(ALIKE, {"job_id": home.jobs[size], "other": home.jobs[sizes[-1]]})
    home.connection.execute("VACUUM ANALYZE")
    calls: dict[tuple[str, int], dict[str, Any]] = {}
    with home.function("api") as subject:
        for size in sizes:
            path = f"/v1/jobs/{home.jobs[size]}"
            pages = {"limit": str(PAGE)}
            calls["status", size] = request("GET", path, key=KEY)
            calls["first", size] = request("GET", f"{path}/images", key=KEY, query=pages)
            if size > PAGE * PAGE:
                pages["cursor"] = _cursor(subject, f"{path}/images")
                calls["hundredth", size] = request("GET", f"{path}/images", key=KEY, query=pages)
        turns = [subject.ask(events=list(calls.values()))["each"] for _ in range(CALLS)]
    medians = dict(zip(calls, map(statistics.median, zip(*turns, strict=True)), strict=True))
    table(
        "The API's own milliseconds, median",
        ("images", "status", f"first {PAGE} images", "page 100"),
        [
            (
                f"{size:,}",
                *(
                    f"{medians[call, size] * 1000:.2f}" if (call, size) in medians else ""
                    for call in ("status", "first", "hundredth")
                ),
            )
            for size in sizes
        ],
    )
    full_pages = [
        took for (call, size), took in medians.items() if call != "status" and size >= PAGE
    ]
    return {
        "status_latency_ratio": medians["status", sizes[-1]] / medians["status", sizes[0]],
        "page_latency_ratio": max(full_pages) / min(full_pages),
    }


def _cursor(subject: Child, path: str) -> str:
    """Of the hundredth page, found as a client finds it."""
    cursor: str | None = None
    for _ in range(PAGE - 1):
        query = {"limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
        answer = subject.ask(events=[request("GET", path, key=KEY, query=query)])
        cursor = json.loads(answer["last"])["next_cursor"]
    assert cursor is not None
    return cursor


def retire(home: House, size: int) -> Figures:
    """The largest job deleted as the janitor deletes it, a piece in a transaction."""
    home.connection.execute(
        "UPDATE jobs SET completed_at = now() - interval '100 days' WHERE job_id = %s",
        [home.jobs[size]],
    )
    took: list[float] = []
    older = timedelta(days=90)
    deleted = 0
    piece = Deleted()
    while not piece.jobs:
        began = time.perf_counter()
        piece = retention.delete_some(
            home.connection, home.jobs[size], older_than=older, limit=PIECE
        )
        took.append(time.perf_counter() - began)
        deleted += piece.rows
    longest = max(took) * 1000
    rate = deleted / sum(took)
    table(
        "Retention",
        ("rows and images", "seconds", "a second", "longest transaction, ms"),
        [(f"{deleted:,}", f"{sum(took):.1f}", f"{rate:,.0f}", f"{longest:.0f}")],
    )
    return {"retention_rows_per_s": rate, "retention_longest_ms": longest}
