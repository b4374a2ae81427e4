"""One tenant's flood of webhooks to a silent receiver beside the webhooks of others: a simulation.

Each request of the flood keeps a notifier for the 15 seconds after which it is given up. Others send
a webhook now and then, to receivers that answer. How long does each of these wait for its first try?
Before: queue and claims go by time alone. After: the queue is fair, tenants are claimed by turns,
and a receiver that is silent gets one delivery at a time.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from statistics import quantiles
from typing import Any

from bench.fair_queue import FairQueue, Parcel
from bench.tables import Figures, table
from bench.throughput import spoken
from database import receivers
from database.deliveries import LEASE, SHARE
from infra.settings import STAGES
from janitor.webhooks_due import CLAIMED, CLAIMS
from outbound.client import POST_SECONDS
from webhooks.outbox import SOON
from webhooks.schedule import PAUSES
from webhooks.signing import TOLERANCE

SECONDS = 4 * 3600
RATES = (4, 10, 50)
"""Deliveries a second to the silent receiver."""
APART = 7.0
"""Seconds between two deliveries of others, who are many."""
OTHERS = 20
BATCH = 10
"""Messages of a notifier's batch, as infra/stack.py has it."""

ANSWER = 0.2
"""Seconds of a request that is answered."""
OVERHEAD = 0.05
"""Seconds of an invocation beside its requests."""
RECORDING = 1.5
"""Seconds from a report to what follows from it: the outcomes queue's window, and the recorder."""
ROUND = 60.0

FLOOD = "flood"


@dataclass(eq=False)
class Delivery:
    """``due`` is when its next attempt is, in seconds; ``leased`` until when one is under way."""

    tenant: str
    receiver: str
    opened: float
    due: float
    leased: float = 0.0
    tries: int = 0
    begun: float | None = None

    @property
    def claimable(self) -> float:
        return max(self.due, self.leased)


@dataclass
class Receiver:
    """A receiver that is silent, as the database knows it."""

    since: float
    reported: float
    probe: float


@dataclass
class Tables:
    """What the data zone knows, and claims."""

    fair: bool
    silent: dict[str, Receiver] = field(default_factory=dict)
    _pending: dict[str, list[tuple[float, int, Delivery]]] = field(default_factory=dict)
    _order: Callable[[], int] = field(default_factory=lambda: count().__next__)

    def schedule(self, delivery: Delivery) -> None:
        """Notes that it has another due time or lease; older notes are void."""
        entry = (delivery.claimable, self._order(), delivery)
        line = delivery.tenant if self.fair else "all"
        heapq.heappush(self._pending.setdefault(line, []), entry)

    def claim(self, delivery: Delivery, now: float) -> bool:
        """Takes one that is due for sending, or postpones it."""
        receiver = self.silent.get(delivery.receiver) if self.fair else None
        if receiver is not None and receiver.probe > now:
            silence = receiver.reported - receiver.since
            shortest = receivers.SHORTEST_POSTPONEMENT.total_seconds()
            longest = receivers.LONGEST_POSTPONEMENT.total_seconds()
            # Half of the chance's range, which is what it comes to on average.
            delivery.due = now + min(max(silence, shortest), longest) * 1.5
            delivery.leased = 0.0
            self.schedule(delivery)
            return False
        delivery.leased = now + LEASE.total_seconds()
        if receiver is not None:
            receiver.probe = delivery.leased
        self.schedule(delivery)
        return True

    def claim_due(self, now: float, *, within: float, limit: int) -> list[Delivery]:
        """Takes the longest due of all, or of each tenant by turns."""
        found: list[Delivery] = []
        shares = dict.fromkeys(self._pending, SHARE if self.fair else limit)
        for _ in range(limit):
            heads = [
                (self._pending[name][0][0], name)
                for name, left in shares.items()
                if left and self._head(name) <= now + within
            ]
            if not heads:
                break
            if self.fair:
                most = max(shares[name] for _, name in heads)
                heads = [head for head in heads if shares[head[1]] == most]
            _, name = min(heads)
            shares[name] -= 1
            found.append(heapq.heappop(self._pending[name])[2])
        return [each for each in found if self.claim(each, now)]

    def _head(self, tenant: str) -> float:
        pending = self._pending[tenant]
        while pending and pending[0][0] != pending[0][2].claimable:
            heapq.heappop(pending)
        return pending[0][0] if pending else float("inf")

    def record(self, delivery: Delivery, now: float, *, answered: bool) -> None:
        """What came of an attempt."""
        delivery.tries += 1
        if answered or delivery.tries > len(PAUSES):
            delivery.due = float("inf")
        else:
            delivery.due = now + PAUSES[delivery.tries - 1].total_seconds()
        delivery.leased = 0.0
        self.schedule(delivery)
        if answered:
            self.silent.pop(delivery.receiver, None)
            return
        known = self.silent.setdefault(delivery.receiver, Receiver(now, now, now))
        known.reported = now
        longest = receivers.LONGEST_BETWEEN_PROBES.total_seconds()
        known.probe = now + min((now - known.since) * receivers.PROBE_SHARE, longest)


class Simulation:
    """One run."""

    def __init__(
        self, rate: float, *, fair: bool, at_once: int, hosts: int, seconds: float
    ) -> None:
        self._tables = Tables(fair)
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
        self._at(now + APART, self._open_other, number + 1)

    def _open(self, delivery: Delivery, now: float) -> None:
        """Whoever opens it claims it at once."""
        if self._tables.claim(delivery, now):
            self._send([delivery], now)

    def _round(self, now: float) -> None:
        """The janitor's."""
        for _ in range(CLAIMS):
            due = self._tables.claim_due(now, within=0.0, limit=CLAIMED)
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
            self._tables.record(each, now, answered=each.tenant != FLOOD)
        soon = SOON.total_seconds()
        retried = [each for each in made if each.due <= now + soon]
        if not retried:
            return
        if self._fair:
            due = [each for each in retried if self._tables.claim(each, now)]
        else:  # the oldest of all
            due = self._tables.claim_due(now, within=soon, limit=CLAIMED)
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
    """The waits beside a flood of ``rate`` deliveries a second to so many hosts by turns. A delivery
    without a try has waited all the time."""
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
            before, after = (
                simulate(rate, fair=fair, at_once=at_once) for fair in (False, True)
            )
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
