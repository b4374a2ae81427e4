"""A queue of SQS, oldest messages first or fair between tenants, as AWS describes it.

A group is noisy that has more than a tenth of the messages in flight and at least 30 of them; the
others' messages are handed out first; among noisy groups the one with the fewest in flight comes
first. (There is a second measure, a group's share of processing time, which would only call the
same tenants noisy, and sooner.)
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
"""

import heapq
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Generic, TypeVar

RECEIPT = 10
"""Messages that SQS hands out at once."""
NOISY_SHARE, NOISY_LEAST = 0.1, 30

T = TypeVar("T")


@dataclass(order=True, frozen=True)
class Parcel(Generic[T]):
    """Messages that are alike: whose, and how often they were tried. Older ones come first."""

    sent: float
    tenant: str = field(compare=False)
    about: T = field(compare=False)
    size: int = field(default=1, compare=False)
    tries: int = field(default=0, compare=False)


class FairQueue(Generic[T]):
    """Hands out the oldest messages first, or the quiet tenants' first."""

    def __init__(self, *, fair: bool) -> None:
        self._fair = fair
        self._in_flight: Counter[str] = Counter()
        self._visible: dict[str, list[tuple[Parcel[T], int]]] = {}
        self._hidden: list[tuple[float, int, Parcel[T]]] = []
        self._order = count()

    def put(self, parcel: Parcel[T], at: float) -> None:
        """Adds messages that become visible then."""
        if parcel.size:
            heapq.heappush(self._hidden, (at, next(self._order), parcel))

    def take(self, now: float, most: int) -> list[Parcel[T]]:
        """Hands messages out, up to ten in a receipt where there is a choice."""
        while self._hidden and self._hidden[0][0] <= now:
            _, order, parcel = heapq.heappop(self._hidden)
            heapq.heappush(self._visible.setdefault(parcel.tenant, []), (parcel, order))
        taken: list[Parcel[T]] = []
        while most and (tenants := [name for name, each in self._visible.items() if each]):
            tenant = min(tenants, key=self._turn)
            parcel, order = heapq.heappop(self._visible[tenant])
            size = min(parcel.size, most, RECEIPT if len(tenants) > 1 else most)
            if size < parcel.size:
                rest = replace(parcel, size=parcel.size - size)
                heapq.heappush(self._visible[tenant], (rest, order))
            most -= size
            self._in_flight[tenant] += size
            taken.append(replace(parcel, size=size, tries=parcel.tries + 1))
        return taken

    def done(self, parcel: Parcel[T]) -> None:
        """Messages that were taken are deleted, or come again under another parcel."""
        self._in_flight[parcel.tenant] -= parcel.size

    def _turn(self, tenant: str) -> tuple[int, float]:
        oldest = self._visible[tenant][0][0].sent
        mine = self._in_flight[tenant]
        is_noisy = mine >= NOISY_LEAST and mine > NOISY_SHARE * self._in_flight.total()
        return (mine if self._fair and is_noisy else 0), oldest
