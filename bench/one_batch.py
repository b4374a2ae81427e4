"""How long the images of one batch take, by the processor's own rules: threads, turns, one core."""

import heapq
from dataclasses import dataclass
from functools import cache

THREADS = 16
"""Images under way at once (functions/processor/batch.py)."""
PER_HOST = 10
"""Requests to one host at once (outbound/politeness.py)."""
PORTION = 20
"""Outcomes reported at once (functions/processor/batch.py)."""
FETCH = 30.0
"""Seconds that a fetch may take, and that one takes whose server says nothing."""
RESERVE = 30.0
"""Seconds kept for what comes after a fetch (functions/processor/image.py)."""
TIMEOUT = 180.0
"""Seconds of an invocation (infra/settings.py)."""
UPLOAD = 0.05

FAILED = float("inf")
"""In place of a time: to be tried again."""
NOT_BEGUN = float("-inf")
"""In place of a time: given back."""


@dataclass(frozen=True)
class Source:
    """Where images come from, all of them from one host.

    ``seconds`` until an image is there; a source that is silent lets each fetch run out of time.
    """

    name: str
    seconds: float
    silent: bool = False


@dataclass(frozen=True)
class Part:
    """Images of one source in a batch, and what became of them.

    ``reported`` are seconds from the batch's beginning until the last of those that were done.
    """

    size: int
    done: int
    failed: int
    not_begun: int
    reported: float


@cache
def work(parts: tuple[tuple[Source, int], ...], cpu: float) -> tuple[float, tuple[Part, ...]]:
    """Works a batch: so many images of each source, in this order.

    Args:
        cpu: seconds of the core for an image.

    Returns:
        the seconds that it takes, and what became of each part.
    """
    images = [source for source, size in parts for _ in range(size)]
    threads = [0.0] * min(THREADS, len(images))
    turns = {source: [0.0] * PER_HOST for source, _ in parts}
    core = 0.0
    last_start = TIMEOUT - FETCH - RESERVE
    ends: list[float] = []
    for image in images:
        now = threads[0]
        turn = max(now, turns[image][0])
        if turn > last_start:
            # It waits for its turn as long as there is hope, and keeps its thread.
            heapq.heapreplace(threads, max(now, last_start))
            ends.append(NOT_BEGUN)
            continue
        fetched = turn + image.seconds
        heapq.heapreplace(turns[image], fetched)
        if image.silent:
            heapq.heapreplace(threads, fetched)
            ends.append(FAILED)
            continue
        core = max(core, fetched) + cpu
        heapq.heapreplace(threads, core + UPLOAD)
        ends.append(core + UPLOAD)
    told = _reported(ends, max(threads))
    found, start = [], 0
    for _, size in parts:
        mine = told[start : start + size]
        done = [at for at in mine if abs(at) != FAILED]
        failed = mine.count(FAILED)
        found.append(
            Part(size, len(done), failed, size - len(done) - failed, max(done, default=0.0))
        )
        start += size
    return max(threads), tuple(found)


def _reported(ends: list[float], last: float) -> list[float]:
    """Outcomes go out in portions; what is left of them goes with the end of the batch."""
    order = sorted((n for n, end in enumerate(ends) if abs(end) != FAILED), key=ends.__getitem__)
    told = list(ends)
    for start in range(0, len(order), PORTION):
        portion = order[start : start + PORTION]
        at = ends[portion[-1]] if len(portion) == PORTION else last
        for n in portion:
            told[n] = at
    return told
