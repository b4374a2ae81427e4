import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ImageErrorCode
from pipeline.messages import DeliveryAttempted
from pipeline.states import DeliveryStatus
from webhooks import schedule
from webhooks.schedule import NextStep, next_step

AT = datetime(2026, 9, 21, 12, tzinfo=UTC)
HOUR = 3600


def attempt(
    number: int = 1,
    *,
    status_code: int | None = 500,
    error: str | None = None,
    retry_after: float | None = None,
    milliseconds: int = 5,
) -> DeliveryAttempted:
    return DeliveryAttempted(
        delivery_id=UUID(int=1),
        attempt=number,
        at=AT,
        milliseconds=milliseconds,
        status_code=status_code,
        error=error,
        retry_after=retry_after,
    )


def pause(attempted: DeliveryAttempted, *, jitter: float | None = 0) -> float:
    """Seconds until the next attempt."""
    step = next_step(attempted, jitter=jitter)
    assert step.status == DeliveryStatus.PENDING
    assert step.pause is not None
    return step.pause.total_seconds()


def test_ten_tries_are_made_over_75_hours() -> None:
    pauses = [pause(attempt(number)) for number in range(1, 10)]
    assert pauses == [
        5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR
    ]  # fmt: skip
    assert sum(pauses) == pytest.approx(75.6 * HOUR, rel=0.01)
    assert next_step(attempt(10)) == NextStep(DeliveryStatus.FAILED)
    assert next_step(attempt(11)) == NextStep(DeliveryStatus.FAILED)


def test_a_delivery_sent_again_has_all_its_tries_before_it() -> None:
    again = next_step(attempt(11), restarted_after=10, jitter=0)
    assert again == NextStep(DeliveryStatus.PENDING, timedelta(seconds=5))
    last = next_step(attempt(20), restarted_after=10)
    assert last == NextStep(DeliveryStatus.FAILED)


@pytest.mark.parametrize("number", [1, 9, 10])
def test_an_attempt_from_before_it_was_sent_again_decides_nothing(number: int) -> None:
    with pytest.raises(ValueError, match=f"attempt {number} is not after attempt 10"):
        next_step(attempt(number), restarted_after=10)


@pytest.mark.parametrize("status_code", [200, 201, 202, 204, 299])
def test_any_success_ends_it(status_code: int) -> None:
    step = next_step(attempt(3, status_code=status_code, retry_after=60))
    assert step == NextStep(DeliveryStatus.DELIVERED)


@pytest.mark.parametrize("status_code", [None, 100, 199, 300, 302, 400, 404, 429, 500, 503])
def test_everything_else_is_tried_again(status_code: int | None) -> None:
    assert pause(attempt(status_code=status_code)) == 5


def test_a_receiver_that_is_gone_is_not_asked_again() -> None:
    assert next_step(attempt(status_code=410)) == NextStep(DeliveryStatus.FAILED)


@pytest.mark.parametrize("error", ["blocked_address", "invalid_url"])
def test_an_address_that_may_not_be_reached_is_not_tried_again(error: str) -> None:
    step = next_step(attempt(status_code=None, error=error))
    assert step == NextStep(DeliveryStatus.FAILED)


@pytest.mark.parametrize("error", ["timeout", "unreachable", "internal_error"])
def test_an_address_that_was_not_reached_is_tried_again(error: str) -> None:
    assert pause(attempt(status_code=None, error=error)) == 5


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        (None, 5),
        (0, 5),
        (3, 5),
        (90, 90),
        (24 * HOUR, 24 * HOUR),
        (10**9, 24 * HOUR),
        (1e300, 24 * HOUR),
        (math.inf, 24 * HOUR),
        (math.nan, 5),
        (-1, 5),
    ],
)
def test_the_receivers_own_wish_is_honoured_within_a_day(
    retry_after: float | None, seconds: float
) -> None:
    assert pause(attempt(status_code=429, retry_after=retry_after)) == seconds


def test_a_wish_for_less_does_not_shorten_the_pause() -> None:
    assert pause(attempt(4, retry_after=10)) == 2 * HOUR


@given(st.integers(1, 9), st.floats(0, 1))
def test_jitter_stretches_a_pause_by_a_tenth_at_most(number: int, jitter: float) -> None:
    plain = pause(attempt(number))
    assert plain <= pause(attempt(number), jitter=jitter) <= plain * (1 + schedule.JITTER) + 1e-3


def test_pauses_differ_by_chance() -> None:
    pauses = {pause(attempt(9), jitter=None) for _ in range(20)}
    assert len(pauses) > 1
    assert min(pauses) >= 24 * HOUR
    assert max(pauses) <= 26.4 * HOUR


@pytest.mark.parametrize(
    ("attempted", "is_silent", "is_prompt"),
    [
        (attempt(status_code=None, error="timeout", milliseconds=15_000), True, False),
        (attempt(status_code=None, error="unreachable", milliseconds=9_000), True, False),
        (attempt(status_code=None, error="unreachable", milliseconds=30), False, True),
        (attempt(status_code=204), False, True),
        (attempt(status_code=500, milliseconds=14_000), False, True),
        (attempt(status_code=None, error="internal_error", milliseconds=0), False, False),
    ],
    ids=[
        "no answer in time",
        "no name server in seconds",
        "refused at once",
        "success",
        "an error, late",
        "its notifier ended",
    ],
)
def test_a_receiver_is_silent_that_lets_a_request_run_out_of_time(
    attempted: DeliveryAttempted, *, is_silent: bool, is_prompt: bool
) -> None:
    assert schedule.is_silent(attempted) == is_silent
    assert schedule.is_prompt(attempted) == is_prompt


@given(
    st.integers(0, 20_000),
    st.none() | st.integers(100, 599),
    st.none() | st.sampled_from(sorted(ImageErrorCode)),
)
def test_no_receiver_is_silent_and_prompt_at_once(
    milliseconds: int, status_code: int | None, error: str | None
) -> None:
    attempted = attempt(status_code=status_code, error=error, milliseconds=milliseconds)
    assert not (schedule.is_silent(attempted) and schedule.is_prompt(attempted))
    if status_code is not None:
        assert not schedule.is_silent(attempted)
