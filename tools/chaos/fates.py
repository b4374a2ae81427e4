"""What becomes of the functions' calls to S3 and SQS, drawn from the seed by the calls' numbers."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of one call."""

    OBEYED = "passed on"
    REFUSED = "answered 500 or 503"
    UNHEARD = "done, but answered 500"
    CUT = "answered by half"
    LIMITED = "answered 420 with Retry-After"
    CLOSED = "connection closed"
    TWICE = "messages sent twice"
    LATE = "messages late and out of order"
    KILLED_BEFORE = "function killed before the call"
    KILLED_AFTER = "function killed after the call"


SEND, READ, OTHER, UPLOAD = "send", "read", "other", "upload"
"""Kinds of calls: messages to a queue, an object's bytes, other calls of AWS, and uploads to
Cloudinary."""

SHARES: dict[str, dict[Fate, float]] = {
    SEND: {
        Fate.REFUSED: 0.02,
        Fate.UNHEARD: 0.02,
        Fate.TWICE: 0.08,
        Fate.LATE: 0.08,
        Fate.KILLED_BEFORE: 0.025,
        Fate.KILLED_AFTER: 0.025,
    },
    READ: {
        Fate.REFUSED: 0.04,
        Fate.CUT: 0.04,
        Fate.KILLED_BEFORE: 0.01,
        Fate.KILLED_AFTER: 0.02,
    },
    OTHER: {
        Fate.REFUSED: 0.04,
        Fate.UNHEARD: 0.01,
        Fate.KILLED_BEFORE: 0.005,
        Fate.KILLED_AFTER: 0.005,
    },
    UPLOAD: {
        Fate.REFUSED: 0.06,
        Fate.UNHEARD: 0.04,
        Fate.LIMITED: 0.03,
        Fate.CLOSED: 0.03,
        Fate.KILLED_BEFORE: 0.005,
        Fate.KILLED_AFTER: 0.01,
    },
}
"""The share of calls that each fate has; the others are passed on."""

DEADLY = {Fate.KILLED_BEFORE, Fate.KILLED_AFTER}
BUSY_FUNCTION = "processor"
"""Makes ten calls where others make one."""

BUSY_SHARE = 0.2
"""Of those shares, for its deaths; each costs its messages a minute and a half."""

OFTEN = 40
"""Calls of a function after which it dies ever more seldom: at the nth call with ``OFTEN / n`` of
the share. One run of ingest makes a call for every ten images. If each were as deadly as the
first, it would not live to see the end of a large job, run after run."""


@dataclass
class Fates:
    """Draws them. An outage overrules them: while one lasts every call is refused."""

    seed: int
    busy_share: float = BUSY_SHARE
    _numbers: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _away_until: dict[str, float] = field(default_factory=dict)
    calm: bool = True
    """While it lasts everything is passed on."""

    def take_away(self, service: str, seconds: float) -> None:
        """Begins an outage of ``s3``, ``sqs`` or ``cloudinary``."""
        self._away_until[service] = time.monotonic() + seconds

    def draw(self, function: str, service: str, kind: str) -> tuple[Fate, random.Random]:
        """The fate of the next such call of a function, and chance for its details."""
        with self._lock:
            number = self._numbers[function, kind]
            self._numbers[function, kind] += 0 if self.calm else 1
        chance = random.Random(f"{self.seed} {function} {kind} {number}")
        if self.calm:
            return Fate.OBEYED, chance
        if time.monotonic() < self._away_until.get(service, 0.0):
            return Fate.REFUSED, chance
        share = chance.random()
        for fate, width in SHARES[kind].items():
            share -= width * (self._deadliness(function, number) if fate in DEADLY else 1)
            if share < 0:
                return fate, chance
        return Fate.OBEYED, chance

    def _deadliness(self, function: str, number: int) -> float:
        """The part of a deadly fate's share that counts at a function's nth call of a kind."""
        if function == BUSY_FUNCTION:
            return self.busy_share
        return min(1.0, OFTEN / (number + 1))
