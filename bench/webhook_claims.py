"""How deliveries are claimed, as the database does it, for a simulation: times are seconds."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from database import receivers
from database.deliveries import LEASE, SHARE
from webhooks.schedule import PAUSES


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
class Claims:
    """What is due, and who claims it when. ``fair`` is how it is done now."""

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
