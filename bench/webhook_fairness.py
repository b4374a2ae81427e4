"""One tenant's flood of webhooks to a silent receiver beside those of others: a simulation.

Each request of the flood keeps a notifier busy for the 15 seconds after which it is given up.
Others send a webhook now and then, to receivers that answer. How long does each of these wait for
its first try? Before, queue and claims went by time alone. Now the queue is fair, tenants are
claimed by turns, and a receiver that is silent gets one delivery at a time (``webhook_claims``).
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from statistics import quantiles
from typing import Any

from bench.fair_queue import FairQueue, Parcel
from bench.tables import Figures, table
from bench.throughput import spoken
from bench.webhook_claims import Claims, Delivery
from infra.settings import STAGES
from janitor.webhooks_due import CLAIMED, CLAIMS
from outbound.client import POST_SECONDS
from webhooks.outbox import SOON
from webhooks.signing import TOLERANCE

SECONDS = 3600
RATES = (4, 10, 50)
"""Deliveries a second to the silent receiver."""
APART = 7.0
"""Seconds between two deliveries of others."""
LAST = 60.0
"""Seconds before the end without new ones: each has at least this long."""
OTHERS = 20
"""Tenants, by turns."""
BATCH = 10
"""Messages of a notifier's batch, as infra/stack.py has it."""

ANSWER = 0.2
"""Seconds of a request that is answered."""
OVERHEAD = 0.05
"""Seconds of an invocation beside its requests."""
RECORDING = 1.5
"""Seconds from a report to what follows from it: the outcomes queue's window, and the recorder."""
ROUND = 60.0
"""Seconds between two rounds of the janitor."""

FLOOD = "flood"


class Simulation:
    """One run."""

    def __init__(
        self, rate: float, *, fair: bool, at_once: int, hosts: int, seconds: float
    ) -> None:
        self._claims = Claims(fair)
        self._queue: FairQueue[tuple[Delivery, float]] = FairQueue(fair=fair)
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = count()
        self._free = at_once
        self._rate, self._hosts, self._seconds, self._fair = rate, hosts, seconds, fair
        self.others: list[Delivery] = []

    def run(self) -> None:
        self._at(0.0, self._open_flood, 0)
        self._at(APART, self._open_other, 0)
        self._at(ROUND, self._round)
        while self._events and self._events[0][0] <= self._seconds:
            now, _, what, arguments = heapq.heappop(self._events)
            what(now, *arguments)
            self._work(now)

    def _at(self, when: float, what: Callable[..., None], *arguments: object) -> None:
        heapq.heappush(self._events, (when, next(self._order), what, arguments))

    def _open_flood(self, now: float, number: int) -> None:
        self._open(Delivery(FLOOD, f"{number % self._hosts}", now, now), now)
        self._at((number + 1) / self._rate, self._open_flood, number + 1)

    def _open_other(self, now: float, number: int) -> None:
        name = f"other {number % OTHERS}"
        delivery = Delivery(name, name, now, now)
        self.others.append(delivery)
        self._open(delivery, now)
        if now + APART < self._seconds - LAST:
            self._at(now + APART, self._open_other, number + 1)

    def _open(self, delivery: Delivery, now: float) -> None:
        """Whoever opens it claims it at once."""
        if self._claims.claim(delivery, now):
            self._send([delivery], now)

    def _round(self, now: float) -> None:
        """The janitor's."""
        for _ in range(CLAIMS):
            due = self._claims.claim_due(now, within=0.0, limit=CLAIMED)
            self._send(due, now)
            if not due and not self._fair:
                break
        self._at(now + ROUND, self._round)

    def _send(self, deliveries: list[Delivery], now: float) -> None:
        for each in deliveries:
            visible = max(now, each.due)
            expires = visible + TOLERANCE.total_seconds()
            self._queue.put(Parcel(visible, each.tenant, (each, expires)), visible)
            if visible > now:
                self._at(visible, lambda _: None)

    def _work(self, now: float) -> None:
        """Notifiers that are free take what is there."""
        while self._free and (taken := self._queue.take(now, BATCH)):
            self._free -= 1
            seconds = OVERHEAD
            made: list[Delivery] = []
            for delivery, expires in (parcel.about for parcel in taken):
                if now > expires:
                    continue
                made.append(delivery)
                if delivery.begun is None:
                    delivery.begun = now
                seconds = max(seconds, POST_SECONDS if delivery.tenant == FLOOD else ANSWER)
            self._at(now + seconds, self._reported, taken, made)

    def _reported(
        self, now: float, taken: list[Parcel[tuple[Delivery, float]]], made: list[Delivery]
    ) -> None:
        self._free += 1
        for parcel in taken:
            self._queue.done(parcel)
        self._at(now + RECORDING, self._record, made)

    def _record(self, now: float, made: list[Delivery]) -> None:
        for each in made:
            self._claims.record(each, now, answered=each.tenant != FLOOD)
        soon = SOON.total_seconds()
        retried = [each for each in made if each.due <= now + soon]
        if not retried:
            return
        if self._fair:
            due = [each for each in retried if self._claims.claim(each, now)]
        else:  # the oldest of all
            due = self._claims.claim_due(now, within=soon, limit=CLAIMED)
        self._send(due, now)


@dataclass(frozen=True)
class Waits:
    """Seconds until the first try of others' deliveries; ``never`` is the share without one."""

    median: float
    most: float
    """Of 95 in a hundred."""
    longest: float
    never: float


def simulate(
    rate: float, *, fair: bool, at_once: int, hosts: int = 1, seconds: float = SECONDS
) -> Waits:
    """The waits beside a flood of ``rate`` deliveries a second, to so many hosts by turns. A
    delivery without a try has waited all the time."""
    simulation = Simulation(rate, fair=fair, at_once=at_once, hosts=hosts, seconds=seconds)
    simulation.run()
    waits = [
        (seconds if each.begun is None else each.begun) - each.opened for each in simulation.others
    ]
    never = sum(each.begun is None for each in simulation.others) / len(waits)
    cut = quantiles(waits, n=20)
    return Waits(cut[9], cut[18], max(waits), never)


def measure() -> Figures:
    """Prints how long others' deliveries wait for their first try."""
    rows = []
    found: dict[str, Waits] = {}
    for stage in ("dev", "prod"):
        at_once = STAGES[stage].concurrency.notifier or 1
        for rate in RATES:
            before, after = (simulate(rate, fair=fair, at_once=at_once) for fair in (False, True))
            found[f"{stage} {rate}"] = after
            rows.append(
                (
                    f"{stage}, {at_once} at once; {rate} a second",
                    f"{spoken(before.median)}, {spoken(before.most)}",
                    f"{before.never:.0%}",
                    *(spoken(each) for each in (after.median, after.most, after.longest)),
                )
            )
    table(
        f"Others' first tries beside a silent receiver's flood, {SECONDS // 3600} h",
        ("notifiers; the flood", "before: median, 95 %", "never", "median", "95 %", "longest"),
        rows,
    )
    return {
        "webhook_beside_a_flood_s": max(each.median for each in found.values()),
        "webhook_beside_a_flood_longest_s": max(each.longest for each in found.values()),
    }
