"""One tenant's flood beside another's small job: a simulation of the images queue, event by event.

A million images of one tenant wait, from a source that is quick, slow or silent. Others send small
jobs meanwhile, one after another. How long does each of these take, on a queue that hands out the
oldest message first, and on one that is fair?

The fair queue is modelled as AWS describes it: a group is noisy that has more than a tenth of the
messages in flight and at least 30 of them; the others' messages are handed out first; among noisy
groups the one with the fewest in flight comes first. (There is a second measure, a group's share of
processing time, which would only call the same tenant noisy.)
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html

    python -m bench.fairness
"""

import heapq
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count

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
RECEIPT = 10
"""Messages that SQS hands out at once."""
POLL = 1.0
NOISY_SHARE, NOISY_LEAST = 0.1, 30

QUICK = Source("quick", 0.15)
FLOODS = (
    Source("quick, 150 ms", 0.150),
    Source("slow, 5 s", 5.0),
    Source("silent, 30 s", 30.0, silent=True),
)


@dataclass(order=True, frozen=True)
class Parcel:
    """Messages that are alike: whose, and how often they were tried. Older ones come first."""

    sent: int
    tenant: str = field(compare=False)
    source: Source = field(compare=False)
    size: int = field(compare=False)
    tries: int = field(default=0, compare=False)


class ImagesQueue:
    """Hands out the oldest messages first, or the quiet tenants' first."""

    def __init__(self, *, fair: bool) -> None:
        self.in_flight: Counter[str] = Counter()
        self._fair = fair
        self._visible: dict[str, list[Parcel]] = {}
        self._hidden: list[tuple[float, Parcel]] = []

    def put(self, parcel: Parcel, at: float) -> None:
        """Adds messages that become visible then."""
        if parcel.size:
            heapq.heappush(self._hidden, (at, parcel))

    def take(self, now: float, most: int) -> list[Parcel]:
        """Hands messages out, up to ten in a receipt where there is a choice."""
        while self._hidden and self._hidden[0][0] <= now:
            parcel = heapq.heappop(self._hidden)[1]
            heapq.heappush(self._visible.setdefault(parcel.tenant, []), parcel)
        taken: list[Parcel] = []
        while most and (tenants := [name for name, each in self._visible.items() if each]):
            tenant = min(tenants, key=self._turn)
            parcel = heapq.heappop(self._visible[tenant])
            size = min(parcel.size, most, RECEIPT if len(tenants) > 1 else most)
            if size < parcel.size:
                rest = replace(parcel, size=parcel.size - size)
                heapq.heappush(self._visible[tenant], rest)
            most -= size
            self.in_flight[tenant] += size
            taken.append(replace(parcel, size=size, tries=parcel.tries + 1))
        return taken

    def _turn(self, tenant: str) -> tuple[int, int]:
        oldest = self._visible[tenant][0].sent
        mine = self.in_flight[tenant]
        is_noisy = mine >= NOISY_LEAST and mine > NOISY_SHARE * self.in_flight.total()
        return (mine if self._fair and is_noisy else 0), oldest


def simulate(
    flood: Source, *, fair: bool, at_once: int, batch: int, cpu: float, images: int = FLOOD
) -> list[float]:
    """One run, until the small jobs are done.

    Returns:
        for each of them the seconds from its first message to its last outcome, in order.
    """
    queue = ImagesQueue(fair=fair)
    for n in range(0, images, batch):
        queue.put(Parcel(n, "flood", flood, min(batch, images - n)), 0.0)
    begin = {f"small {n}": LATER + n * APART for n in range(JOBS)}
    for n, (name, at) in enumerate(begin.items()):
        queue.put(Parcel(images + n, name, QUICK, SMALL), at)
    left = Counter(dict.fromkeys(begin, SMALL))
    done: dict[str, float] = {}
    mode = MODES["standard"]
    order, sent = count(), count(images + JOBS)
    slots: list[tuple[float, int, list[Parcel]]] = [
        (max(0, n + 1 - mode.at_first) * 60 / mode.per_minute, next(order), [])
        for n in range(at_once)
    ]
    while left.total():
        now, _, ended = heapq.heappop(slots)
        for parcel in ended:
            queue.in_flight[parcel.tenant] -= parcel.size
        taken = queue.take(now, batch)
        if not taken:
            heapq.heappush(slots, (now + POLL, next(order), []))
            continue
        taken.sort(key=lambda parcel: -parcel.tries)  # as the processor does
        seconds, parts = work(tuple((parcel.source, parcel.size) for parcel in taken), cpu)
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
    """Prints how long small jobs take, by the flood's source, with and without fairness."""
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
