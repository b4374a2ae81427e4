import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom import words
from tests.unit.darkroom.service import job


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (12_345_678, "12.3 MB"),
        (5 * 10**15, "5,000 TB"),
    ],
)
def test_sizes_have_three_digits(count: int, text: str) -> None:
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1 s"), (89, "89 s"), (90, "2 min"), (5_399, "90 min"), (7_500, "2 h 5 min"),
     (36_000, "10 h"), (200_000, "2 days")],
)  # fmt: skip
def test_durations_are_as_exact_as_an_estimate(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text.replace("90 min", "1 h 30 min")


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (1_000_000, 340_000, "1.0 MB → 340 kB, 66 % saved"),
        (1_000, 1_001, "1.0 kB → 1.0 kB"),
        (0, 0, "0 B → 0 B"),
    ],
    ids=["two thirds", "nothing", "of nothing"],
)
def test_what_was_saved_is_told_where_something_was(before: int, after: int, text: str) -> None:
    assert words.saved(before, after) == text


@pytest.mark.parametrize(("share", "text"), [(0.29, "29 %"), (0.9999, "99 %"), (1.0, "100 %")])
def test_a_percentage_is_not_whole_before_its_time(share: float, text: str) -> None:
    assert words.percent(share) == text


@given(st.text())
def test_no_text_of_others_moves_the_cursor_or_breaks_the_line(text: str) -> None:
    shown = words.plain(text)
    assert len(shown) == len(text)
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_letters_of_all_scripts_stay_as_they_are() -> None:
    names = "靴と瓶 “Größe” می‌خواهم 👩‍👩‍👧"
    assert words.plain(names) == names


@pytest.mark.parametrize(
    ("status", "changes", "text"),
    [
        ("awaiting_upload", {}, "waiting for its CSV"),
        ("ingesting", {"rows": {"total": 1, "rejected": 0}}, "1 row read"),
        ("processing",
         {"images": {"total": 2_000, "pending": 1_000, "succeeded": 990, "failed": 10}},
         "1,000 of 2,000 images, 10 failed"),
        ("finalizing", {}, "writing the result"),
        ("completed", {}, ""),
        ("a status of next year", {}, ""),
    ],
    ids=["awaiting_upload", "ingesting", "processing", "finalizing", "completed", "unknown"],
)  # fmt: skip
def test_each_status_is_told_by_what_counts_in_it(
    status: str, changes: dict[str, Any], text: str
) -> None:
    assert words.progress(job(status, **changes)) == text
