"""What Cloudinary's answers add to the figures."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from pipeline.figures import Figures


class RateLimit(Protocol):
    """As much of a rate limit as operators watch."""

    @property
    def limit(self) -> int: ...
    @property
    def remaining(self) -> int: ...


Observe = Callable[[int, RateLimit | None], None]


class Uploads:
    """Collects what the threads of a batch see, until the batch tells of it."""

    def __init__(self) -> None:
        self._results: Counter[str] = Counter()
        self._limit: RateLimit | None = None
        self._lock = threading.Lock()

    def observe(self, status: int, limit: RateLimit | None) -> None:
        """Notes an answer.

        Args:
            status: of HTTP; 0 if none came.
        """
        with self._lock:
            self._results[_result(status)] += 1
            if limit and (self._limit is None or limit.remaining <= self._limit.remaining):
                self._limit = limit

    def tell(self, figures: Figures) -> None:
        """Adds what was seen, with the lowest rate limit of all, and begins anew."""
        with self._lock:
            results, self._results = self._results, Counter()
            limit, self._limit = self._limit, None
        for result, times in results.items():
            figures.add("CloudinaryUploads", times, result=result)
        if limit:
            figures.add("CloudinaryRateLimit", limit.limit)
            figures.add("CloudinaryRemaining", limit.remaining)


def _result(status: int) -> str:
    if status in {420, 429}:
        return "limited"
    if status == 0 or status >= 500:
        return "away"
    return "succeeded" if status < 300 else "refused"
