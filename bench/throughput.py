"""How long a number of images takes on AWS: a simulation of the pipeline, event by event.

Each event is a batch of the images queue. Jobs of a million rows are ingested side by side, their
images become available as they are sent, invocations are added as Lambda adds them to a queue, the
recorder writes what PostgreSQL takes, and the finisher writes a result for each job. Service times
are those that were measured. What AWS documents is in ``MODES``, with its source.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

from bench.cost import Measured, of
from bench.tables import Figures, table
from infra.settings import STAGES

JOB = 1_000_000
"""Rows of one job, at most."""

OVERHEAD = 0.25
"""Seconds of a batch that nothing hides: its first download, its last upload, its report."""

COLD_START = 1.5
"""Seconds until a new execution environment has begun its first batch."""

START = 2.0
"""Seconds from the request until ingest reads the first row: S3's notification and a cold start."""


@dataclass(frozen=True)
class Mode:
    """How Lambda adds invocations for a queue."""

    at_first: int
    per_minute: int
    most: int


MODES = {
    "standard": Mode(at_first=5, per_minute=300, most=1_250),
    "provisioned": Mode(at_first=20, per_minute=1_000, most=20_000),
}
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html; provisioned mode begins
with 10 invocations for each of its least pollers, two here, and costs extra for each."""


@dataclass(frozen=True)
class Setting:
    """One way to run it."""

    mode: str = "standard"
    at_once: int = STAGES["prod"].concurrency.processor or MODES["standard"].most
    batch: int = STAGES["prod"].images_batch
    ingests: int = STAGES["prod"].concurrency.ingest or 1
    finishers: int = STAGES["prod"].concurrency.finisher or 1


@dataclass(frozen=True)
class Run:
    """Seconds from the first request until each stage was done with the last image."""

    ingested: float
    processed: float
    recorded: float
    finished: float
    at_once: int
    """Invocations of the processor at the busiest moment."""
    ends: list[tuple[float, int]]
    """When each batch of the processor was done, and how many images it had."""


def simulate(images: int, measured: Measured, setting: Setting) -> Run:
    """One run with nothing else going on."""
    image_seconds = measured.slower / measured.processor_images_per_s
    ingest = _Ingest(images, measured.ingest_rows_per_s / measured.slower, setting.ingests)
    lambdas = _Invocations(MODES[setting.mode], setting.at_once)
    recorder_rate = measured.recorder_outcomes_per_s / measured.slower
    sent, recorded, processed = 0, 0.0, 0.0
    ends: list[tuple[float, int]] = []
    while sent < images:
        size = min(setting.batch, images - sent)
        sent += size
        end = lambdas.work(ingest.available(sent), OVERHEAD + size * image_seconds)
        ends.append((end, size))
        processed = max(processed, end)
        recorded = max(recorded, end - size * image_seconds) + size / recorder_rate
    recorded = max(recorded, processed)
    jobs = -(-images // JOB)
    last = min(images, JOB) / (measured.finisher_rows_per_s / measured.slower)
    # All but the last jobs' results are written while others are under way.
    finished = recorded + last * -(-min(jobs, setting.finishers) // setting.finishers)
    return Run(ingest.available(images), processed, recorded, finished, lambdas.busiest, ends)


class _Ingest:
    """Several jobs at a time, each at the speed of one invocation."""

    def __init__(self, images: int, rate: float, at_once: int) -> None:
        self._rate = rate * min(at_once, -(-images // JOB))

    def available(self, images: int) -> float:
        return START + images / self._rate


class _Invocations:
    """Invocations that work a queue; the n-th of them begins when Lambda adds it."""

    def __init__(self, mode: Mode, at_once: int) -> None:
        self._mode = mode
        self._most = min(at_once, mode.most)
        self._free: list[float] = []
        self._first = 0.0

    @property
    def busiest(self) -> int:
        return len(self._free)

    def work(self, available: float, seconds: float) -> float:
        """Takes a batch as soon as somebody can; when it is done."""
        if not self._free:
            self._first = available
        added = len(self._free)
        if added < self._most:
            extra = max(0, added + 1 - self._mode.at_first)
            born = self._first + extra * 60 / self._mode.per_minute
            if not self._free or max(born, available) < self._free[0]:
                end = max(born, available) + COLD_START + seconds
                heapq.heappush(self._free, end)
                return end
        end = max(available, self._free[0]) + seconds
        heapq.heapreplace(self._free, end)
        return end


PROD = f"standard, {Setting().at_once} at once (prod)"

SETTINGS = {
    f"standard, {STAGES['dev'].concurrency.processor} at once (dev)": Setting(
        at_once=STAGES["dev"].concurrency.processor or 1
    ),
    PROD: Setting(),
    "standard, 1,250 at once": Setting(at_once=1_250),
    "provisioned, 1,250 at once": Setting(mode="provisioned", at_once=1_250),
}

SIZES = (1_000, JOB, 100 * JOB)


def measure(figures: Mapping[str, float]) -> Figures:
    """Prints how long it takes, by size and setting."""
    measured = of(figures)
    took = {
        name: [simulate(size, measured, setting).finished for size in SIZES]
        for name, setting in SETTINGS.items()
    }
    table(
        "Time until the results are there",
        ("the processor's concurrency", *(f"{size:,} images" for size in SIZES)),
        [(name, *map(spoken, row)) for name, row in took.items()],
    )
    return {
        f"seconds_for_{size}_images": seconds
        for size, seconds in zip(SIZES, took[PROD], strict=True)
    }


def spoken(seconds: float) -> str:
    """``95`` seconds are 1.6 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
