"""Rows in, outcomes recorded, results out: the data zone's functions over a real PostgreSQL.

Each function is its own handler in a process of its own; S3 and SQS are stand-ins that answer after
15 and 10 ms. Nobody is bound to a core: on AWS PostgreSQL has a machine of its own, here all share
this one.
"""

import json
import secrets
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from bench import catalogues
from bench.data_subject import sqs_event
from bench.places import WORK
from bench.processes import Child, python
from bench.tables import Figures, table
from database import jobs, migrations, tenants
from database.connection import Connection
from localcloud.postgres import Postgres
from pipeline import messages, options, states
from tests.api_requests import request

QUICK = (10, 10_000, 100_000)
FULL = (10, 10_000, 100_000, 1_000_000)
"""Rows of the jobs."""

CONSUMERS = (1, 4, 10)
MESSAGE = 20
"""Outcomes in a message, as the processor sends them."""
EVENT = 100
"""Messages in an event, as the stage ``prod`` has them."""

BESIDE = 10_000_000
"""Images of other jobs in the table, in a full run."""

CALLS = 200
PAGE = 100

KEY = "dk_bench"


@dataclass
class House:
    """PostgreSQL with a tenant, the stand-ins, and the functions' environment."""

    connection: Connection
    database_url: str
    tenant_id: UUID
    cloud: Child
    port: int
    jobs: dict[int, UUID] = field(default_factory=dict)
    """By rows."""

    def function(self, name: str) -> Child:
        """The function, ready for events."""
        endpoint = f"http://127.0.0.1:{self.port}"
        queues = ("uploads", "images", "finished", "deliveries", "outcomes")
        environment = {
            "DATABASE_URL": self.database_url,
            "API_URL": "https://api.example",
            "UPLOADS_BUCKET": "uploads",
            "RESULTS_BUCKET": "results",
            "IMAGES_BUCKET": "images",
            "RETENTION_DAYS": "90",
            **{f"{queue.upper()}_QUEUE_URL": f"{endpoint}/{queue}" for queue in queues},
            "POWERTOOLS_SERVICE_NAME": name,
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        child = Child(python("bench.data_subject", name), core=None, env=environment)
        child.answer()
        return child


@contextmanager
def house() -> Iterator[House]:
    """Everything, with an empty schema."""
    postgres = Postgres(WORK / "postgres")
    postgres.start()
    try:
        url = postgres.recreate("bench")
        with (
            psycopg.connect(url, autocommit=True) as connection,
            Child(python("bench.data_servers"), core=None) as cloud,
        ):
            migrations.upgrade(connection)
            tenant_id = tenants.ensure(
                connection, name="bench", webhook_secret="whsec_" + secrets.token_urlsafe(24)
            )
            tenants.add_api_key(
                connection, tenant_id=tenant_id, api_key=KEY, name="bench", expires_at=None
            )
            yield House(connection, url, tenant_id, cloud, cloud.answer()["port"])
    finally:
        postgres.stop()


def measure(*, full: bool) -> Figures:
    """Everything, one after another, over the same tables."""
    sizes = FULL if full else QUICK
    with house() as home:
        if full:
            fill(home)
        figures = ingest(home, sizes)
        figures |= record(home, sizes[-1])
        figures |= finish(home, sizes[-1])
        return figures | look(home, sizes)


def ingest(home: House, sizes: Sequence[int]) -> Figures:
    """CSVs of growing size, each in a fresh process."""
    rows = []
    runs: dict[int, dict[str, Any]] = {}
    for size in sizes:
        job = jobs.create(
            home.connection,
            tenant_id=home.tenant_id,
            filename="bench.csv",
            webhook_url=None,
            options=options.ImageOptions(),
            upload_lifetime=timedelta(minutes=15),
        )
        home.jobs[size] = job.job_id
        home.cloud.ask(upload=str(catalogues.catalogue(size)))
        event = sqs_event(messages.IngestUpload(job_id=job.job_id).model_dump_json())
        with home.function("ingest") as subject:
            runs[size] = subject.ask(events=[event])
        came = home.cloud.ask()
        check(home, size, states.JobStatus.PROCESSING)
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
    largest, small = sizes[-1], 10_000
    per_row = {size: run["wall"] / size for size, run in runs.items()}
    return {
        "ingest_rows_per_s": 1 / per_row[largest],
        "ingest_peak_mib": runs[largest]["peak_mib"],
        "ingest_linearity": per_row[largest] / per_row[small],
    }


def record(home: House, size: int) -> Figures:
    """The largest job's outcomes, a third of them by each number of consumers."""
    rows, figures = [], Figures()
    share = size // len(CONSUMERS)
    for turn, consumers in enumerate(CONSUMERS):
        end = size if consumers == CONSUMERS[-1] else (turn + 1) * share
        positions = range(turn * share, end)
        rate, waiting = _record(home, home.jobs[size], positions, consumers)
        rows.append((str(consumers), f"{rate:,.0f}", f"{waiting:.0%}"))
        figures[f"recorder_outcomes_per_s_{consumers}"] = rate
    table("Recorder", ("consumers", "outcomes/s", "waiting for locks"), rows)
    check(home, size, states.JobStatus.FINALIZING)
    return figures | {"recorder_outcomes_per_s": max(figures.values())}


def _record(home: House, job_id: UUID, positions: range, consumers: int) -> tuple[float, float]:
    """Outcomes per second, and the share of their sessions' time spent waiting for locks."""
    bodies = [
        outcomes(job_id, positions[at : at + MESSAGE]) for at in range(0, len(positions), MESSAGE)
    ]
    events = [sqs_event(*bodies[at : at + EVENT]) for at in range(0, len(bodies), EVENT)]
    subjects = [home.function("recorder") for _ in range(consumers)]
    with Sampler(home.database_url) as sampler:
        began = time.perf_counter()
        for number, subject in enumerate(subjects):
            subject.say(events=events[number::consumers])
        for subject in subjects:
            subject.answer()
        wall = time.perf_counter() - began
    for subject in subjects:
        with subject:
            pass
    return len(positions) / wall, sampler.share


def outcomes(job_id: UUID, positions: Sequence[int]) -> str:
    """One message of images that all succeeded."""
    return messages.ImagesFinished(
        outcomes=[
            messages.ImageFinished(
                job_id=job_id,
                position=position,
                status=states.ImageStatus.SUCCEEDED,
                output_url=f"https://images.example/images/{job_id}/{position}.jpg",
                input=messages.SourceImage(bytes=300_000, width=1600, height=1200, format="jpeg"),
                output=messages.OutputImage(
                    bytes=90_000, width=1600, height=1200, format="jpeg", sha256="ab" * 32
                ),
            )
            for position in positions
        ]
    ).model_dump_json()


class Sampler:
    """Looks every few milliseconds what the recorder's sessions wait for."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._active = self._locked = 0

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def share(self) -> float:
        return self._locked / self._active if self._active else 0.0

    def _look(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._done.wait(0.02):
                active, locked = connection.execute(
                    """
                    SELECT count(*), count(*) FILTER (WHERE wait_event_type = 'Lock')
                    FROM pg_stat_activity
                    WHERE datname = current_database() AND state = 'active'
                      AND pid <> pg_backend_pid()
                    """
                ).fetchall()[0]
                self._active += active
                self._locked += locked


def finish(home: House, size: int) -> Figures:
    """The largest job's result."""
    home.cloud.ask(upload=str(catalogues.catalogue(size)))
    event = sqs_event(messages.FinishJob(job_id=home.jobs[size]).model_dump_json())
    with home.function("finisher") as subject:
        run = subject.ask(events=[event])
    written = home.cloud.ask()["bytes"]
    check(home, size, states.JobStatus.COMPLETED)
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


def fill(home: House) -> None:
    """Puts other jobs' images into the tables, as years of use would."""
    began = time.monotonic()
    for _ in range(BESIDE // 1_000_000):
        home.connection.execute(
            """
            WITH job AS (
                INSERT INTO jobs (tenant_id, status, options, images_total, images_succeeded,
                                  rows_total, upload_expires_at, completed_at)
                VALUES (%s, 'completed', '{}', 1000000, 1000000, 1000000, now(), %s)
                RETURNING job_id
            )
            INSERT INTO images (job_id, position, url, url_digest, status, output_url,
                                input_bytes, output_bytes, finished_at)
            SELECT job_id, n, 'https://images.shop.example/earlier/' || n || '.jpg',
                   sha256(n::text::bytea), 'succeeded',
                   'https://images.example/' || job_id || '/' || n || '.jpg', 300000, 90000, now()
            FROM job, generate_series(0, 999999) AS n
            """,
            [home.tenant_id, datetime.now(UTC)],
        )
    home.connection.execute("VACUUM ANALYZE")
    print(f"\n{BESIDE:,} images of other jobs in the table, {time.monotonic() - began:.0f} s")


def check(home: House, size: int, status: states.JobStatus) -> None:
    """The job is where it should be by now, with all its images."""
    job = jobs.get(home.connection, home.jobs[size])
    if job is None or job.status != status or job.images_total != size:
        raise RuntimeError(f"the job of {size} rows is not {status}: {job}")
