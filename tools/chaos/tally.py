"""How often each fault was injected."""

import threading
from collections import Counter

FOR_GOOD = " for good"
"""Ends the names of places whose faults are none to recover from: they are to be recorded."""


class Tally:
    """Counts in many threads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, where: str, what: str) -> None:
        with self._lock:
            self._counts[where, what] += 1

    def counts(self) -> dict[tuple[str, str], int]:
        """By where and what, in alphabetical order."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def of(self, where: str) -> int:
        return sum(count for (place, _), count in self.counts().items() if place == where)
