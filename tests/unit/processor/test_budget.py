"""What may be held in memory at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from processor.budget import Budget


def test_no_more_than_the_budget_is_held_at_once() -> None:
    budget, lock = Budget(10), threading.Lock()
    held, peak = 0, 0

    def hold(amount: int) -> None:
        nonlocal held, peak
        with budget.share(amount):
            with lock:
                held += amount
                peak = max(peak, held)
            time.sleep(0.002)
            with lock:
                held -= amount

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hold, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] * 3))
    assert 5 < peak <= 10


def test_what_exceeds_the_budget_runs_alone() -> None:
    budget = Budget(10)
    with budget.share(1_000):
        waiting = threading.Thread(target=lambda: budget.share(1).__enter__(), daemon=True)
        waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive()
    waiting.join(30)
    assert not waiting.is_alive()


def test_a_share_shrinks_and_lets_others_in() -> None:
    budget = Budget(10)
    with budget.share() as first:
        first.resize(10)
        first.resize(4)
        with budget.share(6) as second:
            assert (first.amount, second.amount) == (4, 6)


def test_a_share_waits_no_longer_than_it_is_told() -> None:
    budget = Budget(10)
    with budget.share(6), budget.share() as other:
        assert not other.resize(5, patience=0.01)
        assert other.amount == 0
        assert other.resize(4, patience=0.01)


def test_a_share_grows_only_from_nothing() -> None:
    with Budget(10).share(3) as share, pytest.raises(ValueError, match="grow"):
        share.resize(4)
