import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from imaging.stores.cloudinary.gate import Gate


def test_as_many_go_through_at_once_as_there_are_slots() -> None:
    gate, three = Gate(3), threading.Barrier(3)
    lock, inside, most = threading.Lock(), 0, 0

    def pass_through(_: int) -> None:
        nonlocal inside, most
        with gate.slot(30):
            with lock:
                inside += 1
                most = max(most, inside)
            three.wait(30)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(pass_through, range(60)))
    assert most == 3


def test_a_closed_gate_lets_everybody_through_once_it_opens() -> None:
    gate = Gate(2)
    gate.close(0.2)
    began = time.monotonic()

    def pass_through(_: int) -> float:
        with gate.slot(30):
            return time.monotonic() - began

    with ThreadPoolExecutor(8) as pool:
        assert min(pool.map(pass_through, range(8))) >= 0.2


def test_a_gate_that_closes_while_somebody_waits_for_a_slot_stays_closed_to_them() -> None:
    gate = Gate(1)
    with ThreadPoolExecutor(1) as pool:
        with gate.slot(1):
            waiting = pool.submit(lambda: time.monotonic() if _through(gate) else 0.0)
            time.sleep(0.05)
            gate.close(0.2)
            closed = time.monotonic()
        assert waiting.result() >= closed + 0.19


def test_who_would_have_to_wait_too_long_need_not_wait_at_all() -> None:
    gate = Gate(1)
    gate.close(60)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        _through(gate, patience=30)
    assert time.monotonic() - began < 30


def test_a_slot_is_given_back_whatever_happens() -> None:
    gate = Gate(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), gate.slot(0):
            raise ZeroDivisionError


def _through(gate: Gate, patience: float = 30) -> bool:
    with gate.slot(patience):
        return True
