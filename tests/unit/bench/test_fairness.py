"""The simulation of the images queue, where its answer can be told without it."""

import math

import pytest

from bench.fair_queue import FairQueue, Parcel
from bench.fairness import FLOODS, simulate
from bench.one_batch import Source, work
from outbound.politeness import PER_HOST

QUICK = Source("quick", 0.15)
SLOW = Source("slow", 5.0)
SILENT = Source("silent", 30.0, silent=True)
CPU = 0.015


def test_one_core_bounds_a_batch_of_quick_images() -> None:
    seconds, [part] = work(((QUICK, 100),), CPU)
    assert seconds == pytest.approx(0.15 + 100 * CPU + 0.05, rel=0.1)
    assert (part.done, part.failed, part.not_begun) == (100, 0, 0)
    assert part.reported == seconds


def test_turns_bound_a_batch_of_a_slow_host() -> None:
    seconds, _ = work(((SLOW, 100),), CPU)
    assert seconds == pytest.approx(math.ceil(100 / PER_HOST) * 5, rel=0.05)


def test_what_a_silent_host_leaves_no_time_for_is_given_back() -> None:
    """A turn takes 30 s, and none begins after 120 of 180 s."""
    begun = 5 * PER_HOST
    seconds, [part] = work(((SILENT, 100),), CPU)
    assert (part.done, part.failed, part.not_begun) == (0, begun, 100 - begun)
    assert seconds <= 180


def test_a_silent_host_holds_up_no_other_of_its_batch() -> None:
    _, [_, quick] = work(((SILENT, 50), (QUICK, 50)), CPU)
    assert (quick.done, quick.not_begun) == (50, 0)
    assert quick.reported <= 31


def parcels(queue: FairQueue[Source]) -> list[tuple[str, int]]:
    return [(each.tenant, each.size) for each in queue.take(0, 100)]


@pytest.mark.parametrize(("fair", "first"), [(False, "flood"), (True, "small")])
def test_a_fair_queue_hands_out_the_quiet_tenants_messages_first(*, fair: bool, first: str) -> None:
    queue: FairQueue[Source] = FairQueue(fair=fair)
    queue.put(Parcel(0, "flood", QUICK, 100), 0)
    assert parcels(queue) == [("flood", 100)]
    queue.put(Parcel(1, "flood", QUICK, 100), 0)
    queue.put(Parcel(2, "small", QUICK, 20), 0)
    tenant, _ = parcels(queue)[0]
    assert tenant == first


@pytest.mark.parametrize("flood", FLOODS, ids=[flood.name for flood in FLOODS])
def test_small_jobs_are_done_long_before_the_flood(flood: Source) -> None:
    def longest(*, fair: bool) -> float:
        return simulate(flood, fair=fair, at_once=4, batch=100, cpu=CPU, images=50_000)[-1]

    assert longest(fair=True) < longest(fair=False) / 2
