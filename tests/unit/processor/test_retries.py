"""When an image is tried again."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ImageErrorCode
from processor.retries import LONGEST_PAUSE, SPREAD, STORE_TRIES, TRIES, hold, is_last, pause

SOURCE, STORE = ImageErrorCode.TIMEOUT, ImageErrorCode.STORAGE_ERROR


def test_pauses_grow() -> None:
    assert [pause(n, jitter=1) for n in range(1, TRIES)] == [4, 8, 16, 32, 64]


def test_a_store_that_is_away_for_an_hour_costs_no_image() -> None:
    assert sum(pause(n, code=STORE, jitter=0) for n in range(1, STORE_TRIES)) > 3600


def test_the_last_try_of_a_source_is_not_the_last_of_the_store() -> None:
    assert is_last(SOURCE, TRIES)
    assert not is_last(SOURCE, TRIES - 1)
    assert not is_last(STORE, TRIES)
    assert is_last(STORE, STORE_TRIES)


@pytest.mark.parametrize(
    ("retry_after", "jitter", "seconds"), [(60, 0, 60), (60, 1, 66), (0, 0, 2), (1e9, 0, 900)]
)
def test_what_a_source_asks_for_is_never_undercut(
    retry_after: float, jitter: float, seconds: int
) -> None:
    assert pause(1, code=SOURCE, retry_after=retry_after, jitter=jitter) in {seconds, seconds + 1}


@given(
    st.integers(1, 1000),
    st.sampled_from([None, SOURCE, STORE]),
    st.none() | st.floats(0, 1e9),
    st.floats(0, 1),
)
def test_every_pause_is_one_that_sqs_takes(
    receives: int, code: ImageErrorCode | None, retry_after: float | None, jitter: float
) -> None:
    seconds = pause(receives, code=code, retry_after=retry_after, jitter=jitter)
    assert 1 <= seconds <= LONGEST_PAUSE < 12 * 3600


@given(st.floats(-5, 900), st.floats(0, 1))
def test_a_message_stays_hidden_for_as_long_as_it_may_be_worked_on(
    time_left: float, jitter: float
) -> None:
    assert time_left < hold(time_left, jitter=jitter) <= max(0, time_left) + SPREAD + 2


def test_ten_messages_of_a_killed_function_come_again_at_ten_times() -> None:
    tenths = [hold(180, jitter=n / 10) for n in range(10)]
    assert min(later - sooner for sooner, later in itertools.pairwise(tenths)) == SPREAD / 10
