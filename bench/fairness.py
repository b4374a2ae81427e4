"""One tenant's flood beside the work of others: simulations of two queues, event by event.

Images: a million of one tenant wait, from a source that is quick, slow or silent. Others send small
jobs meanwhile, one after another. How long does each of these take, on a queue that hands out the
oldest message first, and on one that is fair?

Webhooks: ``webhook_fairness``.

    python -m bench.fairness
"""

import heapq
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import count

from bench import webhook_fairness
from bench.fair_queue import FairQueue, Parcel
from bench.one_batch import Source, work
from bench.places import FIGURES
from bench.tables import Figures, table
from bench.throughput import MODES, spoken
from infra.settings import STAGES

CPU_MS = 15.3
"""Per image, where this run has not measured it (docs/benchmarks.md)."""

FLOOD = 1_000_000
SMALL = 250
"""Images of a small job: two batches and a half, which it shares with the flood."""
JOBS = 20
LATER = 60.0
"""Seconds after the flood's first message at which the first small job is queued."""
APART = 37.0
"""Seconds between two small jobs, so that they meet the flood's batches in all their phases."""

RECORDING = 1.5
"""Seconds from a report to the job's counters: the outcomes queue's window, and the recorder."""
GIVEN_BACK = 2.0
"""Seconds until an image comes again that was not begun, as a new message."""
TRIES = 6
FIRST_PAUSE = 3.0
"""Of a source that is silent (functions/processor/retries.py): the pauses double."""
POLL = 1.0

QUICK = Source("quick", 0.15)
FLOODS = (
    Source("quick, 150 ms", 0.150),
    Source("slow, 5 s", 5.0),
    Source("silent, 30 s", 30.0, silent=True),
)


def simulate(
    flood: Source, *, fair: bool, at_once: int, batch: int, cpu: float, images: int = FLOOD
) -> list[float]:
    """One run, until the small jobs are done.

    Returns:
        for each of them the seconds from its first message to its last outcome, in order.
    """
    queue: FairQueue[Source] = FairQueue(fair=fair)
    for n in range(0, images, batch):
        queue.put(Parcel(n, "flood", flood, min(batch, images - n)), 0.0)
    begin = {f"small {n}": LATER + n * APART for n in range(JOBS)}
    for n, (name, at) in enumerate(begin.items()):
        queue.put(Parcel(images + n, name, QUICK, SMALL), at)
    left = Counter(dict.fromkeys(begin, SMALL))
    done: dict[str, float] = {}
    mode = MODES["standard"]
    order, sent = count(), count(images + JOBS)
    slots: list[tuple[float, int, list[Parcel[Source]]]] = [
        (max(0, n + 1 - mode.at_first) * 60 / mode.per_minute, next(order), [])
        for n in range(at_once)
    ]
    while left.total():
        now, _, ended = heapq.heappop(slots)
        for parcel in ended:
            queue.done(parcel)
        taken = queue.take(now, batch)
        if not taken:
            heapq.heappush(slots, (now + POLL, next(order), []))
            continue
        taken.sort(key=lambda parcel: -parcel.tries)  # as the processor does
        seconds, parts = work(tuple((parcel.about, parcel.size) for parcel in taken), cpu)
        for parcel, part in zip(taken, parts, strict=True):
            name = parcel.tenant
            anew = replace(parcel, sent=next(sent), size=part.not_begun, tries=parcel.tries - 1)
            queue.put(anew, now + seconds + GIVEN_BACK)
            again = part.failed if parcel.tries < TRIES else 0
            pause = FIRST_PAUSE * 2 ** (parcel.tries - 1)
            queue.put(replace(parcel, size=again), now + seconds + pause)
            over = part.done + part.failed - again
            if name in begin and over:
                left[name] -= over
                told = seconds if part.failed else part.reported
                done[name] = max(done.get(name, 0.0), now + told + RECORDING)
        heapq.heappush(slots, (now + seconds, next(order), taken))
    return sorted(done[name] - at for name, at in begin.items())


def measure(figures: Mapping[str, float]) -> Figures:
    """Prints how long the others wait, with and without fairness."""
    return _images(figures) | webhook_fairness.measure()


def _images(figures: Mapping[str, float]) -> Figures:
    cpu = figures.get("processor_cpu_ms", CPU_MS) / 1000
    rows = []
    for stage in ("dev", "prod"):
        settings = STAGES[stage]
        at_once, batch = settings.concurrency.processor or 1, settings.images_batch
        for flood in FLOODS:
            oldest, fair = (
                simulate(flood, fair=fair, at_once=at_once, batch=batch, cpu=cpu)
                for fair in (False, True)
            )
            rows.append((f"{stage}, {at_once} at once; {flood.name}", oldest, fair))
    table(
        f"A job of {SMALL} images beside {FLOOD:,} of another tenant, {JOBS} times",
        ("processors; the flood's source", "oldest first", "fair, median", "fair, longest"),
        [
            (name, *(spoken(each) for each in (oldest[JOBS // 2], fair[JOBS // 2], fair[-1])))
            for name, oldest, fair in rows
        ],
    )
    return {
        "small_job_beside_a_flood_s": max(fair[JOBS // 2] for _, _, fair in rows),
        "small_job_beside_a_flood_longest_s": max(fair[-1] for _, _, fair in rows),
    }


if __name__ == "__main__":
    measure(json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {})
