"""How long the images of one batch take, by the processor's own rules: threads, turns, one core."""

import heapq
from collections import Counter
from dataclasses import dataclass
from functools import cache

from infra.settings import SIZES
from outbound.client import FETCH_SECONDS
from outbound.politeness import PER_HOST
from processor.batch import PORTION, REPORTED_AFTER, THREADS
from processor.image import RESERVE

LAST_START = SIZES["processor"].timeout - FETCH_SECONDS - RESERVE
"""Seconds of an invocation after which nothing is begun."""
UPLOAD = 0.05

FAILED = float("inf")
"""In place of a time: to be tried again."""
NOT_BEGUN = float("-inf")
"""In place of a time: to be sent anew."""


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
    waiting = {source: 0 for source, _ in parts}
    for source, size in parts:
        waiting[source] += size
    order: list[Source] = []
    ends: list[tuple[float, float]] = []
    turns = {source: [0.0] * PER_HOST for source in waiting}
    under_way = Counter[Source]()
    core = last = 0.0
    # When a thread has fetched its image, and when it is free, with the image that it had.
    events: list[tuple[float, int, bool, int]] = [(0.0, n, False, -1) for n in range(THREADS)]
    while events:
        now, thread, is_fetched, image = heapq.heappop(events)
        if is_fetched:
            core = max(core, now) + cpu
            ends[image] = (core + UPLOAD, core + UPLOAD)
            heapq.heappush(events, (core + UPLOAD, thread, False, image))
            continue
        last = max(last, now)
        if image >= 0:
            under_way[order[image]] -= 1
        left = [source for source, size in waiting.items() if size]
        if not left:
            continue
        source = min(left, key=under_way.__getitem__)  # as functions/processor/order.py picks it
        waiting[source] -= 1
        under_way[source] += 1
        order.append(source)
        turn = max(now, turns[source][0])
        if turn > LAST_START:
            free = max(now, LAST_START)  # it waits as long as there is hope, and keeps its thread
            ends.append((free, NOT_BEGUN))
        else:
            free = turn + source.seconds
            heapq.heapreplace(turns[source], free)
            ends.append((free, FAILED))  # until it has been at the core
        is_fetched = turn <= LAST_START and not source.silent
        heapq.heappush(events, (free, thread, is_fetched, len(ends) - 1))
    told = _reported(ends)
    by_source = {
        source: [at for at, of in zip(told, order, strict=True) if of == source]
        for source in waiting
    }
    found = []
    for source, size in parts:
        mine, by_source[source] = by_source[source][:size], by_source[source][size:]
        done = [at for at in mine if abs(at) != FAILED]
        failed = mine.count(FAILED)
        found.append(
            Part(size, len(done), failed, size - len(done) - failed, max(done, default=0.0))
        )
    return last, tuple(found)


def _reported(ends: list[tuple[float, float]]) -> list[float]:
    """Outcomes go out in portions; fewer where the last report was a while ago, as soon as any
    image ends; and what is left of them with the batch.

    Args:
        ends: of each image when it ended, and that again if it is done, or why not.
    """
    told = [what for _, what in ends]
    portion: list[int] = []
    since = 0.0
    order = sorted(range(len(ends)), key=lambda n: ends[n][0])
    for n in order:
        end, what = ends[n]
        if abs(what) != FAILED:
            portion.append(n)
        is_last = n == order[-1]
        if len(portion) == PORTION or (portion and end - since > REPORTED_AFTER) or is_last:
            since = end
            for each in portion:
                told[each] = end
            portion = []
    return told
