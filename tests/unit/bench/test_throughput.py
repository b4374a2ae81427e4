import pytest

from bench import throughput
from bench.cost import Measured
from bench.throughput import COLD_START, OVERHEAD, START, Setting, simulate

SLOW = Measured(processor_images_per_s=10, recorder_outcomes_per_s=1e9, finisher_rows_per_s=1e9)
"""Nothing but the processor takes time."""


def test_one_invocation_works_one_batch_after_another() -> None:
    run = simulate(1_000, SLOW, Setting(at_once=1, batch=100))
    first_batch_there = START + 100 / SLOW.ingest_rows_per_s
    assert run.processed == pytest.approx(first_batch_there + COLD_START + 10 * (10 + OVERHEAD))
    assert run.at_once == 1


def test_invocations_are_added_as_lambda_adds_them() -> None:
    """Five at once, and 300 more a minute: after a minute of plenty there are 305."""
    lambdas = throughput._Invocations(throughput.MODES["standard"], 10_000)
    for _ in range(throughput.MODES["standard"].most):
        lambdas.work(0.0, 3_600.0)
    begun = sorted(end - COLD_START - 3_600.0 for end in lambdas._free)
    assert [round(each, 6) for each in begun[:5]] == [0.0] * 5
    assert sum(each <= 60 for each in begun) == 305
    assert lambdas.busiest == throughput.MODES["standard"].most


def test_the_recorder_bounds_what_is_faster() -> None:
    measured = Measured(processor_images_per_s=1e6, recorder_outcomes_per_s=1_000)
    run = simulate(100_000, measured, Setting())
    assert run.recorded == pytest.approx(START + 100, rel=0.1)
    assert run.processed < run.recorded < run.finished


@pytest.mark.parametrize("images", [1, 99, 100_000])
def test_more_at_once_is_never_slower(images: int) -> None:
    took = [simulate(images, Measured(), Setting(at_once=n)).finished for n in (1, 2, 10, 100)]
    assert took == sorted(took, reverse=True)


def test_times_are_told_as_people_tell_them() -> None:
    assert [throughput.spoken(each) for each in (7, 90, 5_400)] == ["7 s", "1.5 min", "1.5 h"]
