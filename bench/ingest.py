"""Rows a second from an upload to rows, images and messages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bench import catalogues
from bench.data_subject import sqs_event
from bench.house import House, check
from bench.tables import Figures, table
from database import jobs
from pipeline.messages import IngestUpload
from pipeline.options import ImageOptions
from pipeline.states import JobStatus

SMALL = 10_000
"""Rows of the job that the largest is compared with."""


def measure(home: House, sizes: Sequence[int]) -> Figures:
    """CSVs of growing size, each in a fresh process."""
    rows = []
    runs: dict[int, dict[str, Any]] = {}
    for size in sizes:
        job = jobs.create(
            home.connection,
            tenant_id=home.tenant_id,
            filename="bench.csv",
            webhook_url=None,
            options=ImageOptions(),
            upload_lifetime=timedelta(minutes=15),
        )
        home.jobs[size] = job.job_id
        home.cloud.ask(upload=str(catalogues.catalogue(size)))
        event = sqs_event(IngestUpload(job_id=job.job_id).model_dump_json())
        with home.function("ingest") as subject:
            runs[size] = subject.ask(events=[event])
        came = home.cloud.ask()
        check(home, size, JobStatus.PROCESSING)
        if came["messages"] != size:
            raise RuntimeError(f"{came['messages']} messages for {size} images")
        run = runs[size]
        rows.append(
            (
                f"{size:,}",
                f"{size / run['wall']:,.0f}",
                f"{run['wall']:.1f}",
                f"{run['cpu']:.1f}",
                f"{came['requests']:,}",
                f"{run['peak_mib']:.0f}",
            )
        )
    table("Ingest", ("rows", "rows/s", "wall s", "CPU s", "SQS calls", "peak MiB"), rows)
    largest = sizes[-1]
    per_row = {size: run["wall"] / size for size, run in runs.items()}
    return {
        "ingest_rows_per_s": 1 / per_row[largest],
        "ingest_peak_mib": runs[largest]["peak_mib"],
        "ingest_linearity": per_row[largest] / per_row[SMALL],
    }
