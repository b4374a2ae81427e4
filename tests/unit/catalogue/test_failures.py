import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import failures
from catalogue.reader import Table


@dataclass(frozen=True)
class Failed:
    number: int
    error_code: str | None = None
    error_column: str | None = None
    error_message: str | None = None
    urls: list[str] = field(default_factory=list)
    output_urls: list[str | None] = field(default_factory=list)
    error_codes: list[str | None] = field(default_factory=list)
    error_messages: list[str | None] = field(default_factory=list)


def rejected(number: int) -> Failed:
    return Failed(number, "missing_name", "name", "It is empty.")


def written(data: bytes, failed: Sequence[Failed]) -> bytes:
    return b"".join(failures.written(Table([data]), failed))


def test_only_the_rows_at_fault_are_written_with_their_number_and_reasons() -> None:
    data = b"name,images\nCup,a\n,b\nJug,c d\nPan,e\n"
    half = Failed(
        3,
        urls=["c", "d"],
        output_urls=["https://cdn/0.jpg", None],
        error_codes=[None, "timeout"],
        error_messages=[None, "No answer."],
    )
    assert written(data, [rejected(2), half]) == (
        b"name,images,Output Image Urls,Errors,Input Row\r\n"
        b",b,,missing_name: name (It is empty.),2\r\n"
        b'Jug,c d,"https://cdn/0.jpg,",timeout: d (No answer.),3\r\n'
    )


def test_surplus_cells_are_kept_at_the_end_and_are_at_fault_again() -> None:
    ragged = [Failed(n, "ragged_row", "images", "Why.") for n in (1, 2)]
    out = written(b"name,images\nCup,1,u,v\nPot\n", ragged)
    assert out.decode().splitlines()[1:] == [
        "Cup,1,,ragged_row: images (Why.),1,u,v",
        "Pot,,,ragged_row: images (Why.),2",
    ]
    again = list(Table([out]).rows())
    assert [row.error and row.error.code for row in again] == ["ragged_row", "missing_urls"]


@pytest.mark.parametrize("columns", ["name,images", "name,images,Errors", "Input Row,name,images"])
def test_a_file_of_failures_uploaded_again_loses_our_columns_and_none_of_the_users(
    columns: str,
) -> None:
    once = written(columns.encode() + b"\n", [])
    assert written(once, []) == once


@pytest.mark.parametrize("number", [0, 3])
def test_a_row_that_the_table_does_not_have_is_an_error(number: int) -> None:
    with pytest.raises(ValueError, match=f"no row {number}"):
        written(b"name,images\nCup,u\nJug,v\n", [rejected(number)])


@given(
    names=st.lists(st.text('ab ,;"\n\u00fc', max_size=5), max_size=12),
    chosen=st.sets(st.integers(1, 12)),
)
def test_the_cells_of_the_chosen_rows_come_back_as_they_were(
    names: list[str], chosen: set[int]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["name", "images"], *([name, "u"] for name in names)])
    numbers = sorted(number for number in chosen if number <= len(names))
    out = written(text.getvalue().encode(), [rejected(number) for number in numbers])
    lines = list(csv.reader(io.StringIO(out.decode(), newline="")))[1:]
    assert [line[0] for line in lines] == [names[number - 1] for number in numbers]
    assert [line[-1] for line in lines] == [str(number) for number in numbers]
