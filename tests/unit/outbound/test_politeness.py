"""How often, how many at once, and in whose name we ask."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.politeness import (
    LONGEST_RETRY_AFTER,
    BusyError,
    Turns,
    retry_after,
    user_agent,
)
from pipeline.version import VERSION

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        pytest.param("", None, id="empty"),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        pytest.param("٣", None, id="Arabic three"),
        ("0", 0),
        (" 17 ", 17),
        ("99999999999999999999", LONGEST_RETRY_AFTER),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90),
        ("Sunday, 01-Mar-26 12:01:30 GMT", 90),
        ("Sun Mar  1 12:01:30 2026", 90),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER),
        ("Sun, 99 Mar 2026 12:01:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


@given(st.text())
def test_no_retry_after_is_too_odd_to_read(value: str) -> None:
    seconds = retry_after(value)
    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER


@given(st.integers(0, 80_000))
def test_a_date_says_the_same_as_seconds(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after(date, now=NOW) == retry_after(str(seconds))


def test_the_user_agent_names_the_contact_if_there_is_one() -> None:
    assert user_agent("ops@shop.example") == f"Darkroom/{VERSION} (+ops@shop.example)"
    assert user_agent("") == f"Darkroom/{VERSION}"


def test_a_turn_that_never_comes_gives_up() -> None:
    turns = Turns(per_host=1)
    with (
        turns.turn("a.example"),
        turns.turn("b.example"),
        pytest.raises(BusyError),
        turns.turn("a.example", patience=0.01),
    ):
        pytest.fail("a second turn was given")
    with turns.turn("a.example", patience=0.01):
        pass
