import csv
import io
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import result, writing
from catalogue.reader import Table


@dataclass(frozen=True)
class Outcome:
    number: int
    error_code: str | None = None
    error_column: str | None = None
    urls: list[str] = field(default_factory=list)
    output_urls: list[str | None] = field(default_factory=list)
    error_codes: list[str | None] = field(default_factory=list)


def done(number: int, count: int = 1) -> Outcome:
    return Outcome(
        number,
        urls=[f"u{n}" for n in range(count)],
        output_urls=[f"https://cdn.example/{n}" for n in range(count)],
        error_codes=[None] * count,
    )


def written(data: bytes, outcomes: list[Outcome]) -> bytes:
    return b"".join(result.written(Table([data]), outcomes))


def test_one_line_per_row_in_order_with_two_columns_more() -> None:
    data = b"sku,name,images\n1,Cup,a b c\n2,,x\n"
    outcomes = [
        Outcome(
            1,
            urls=["https://a/1", "bad", "https://a/3"],
            output_urls=["https://cdn/0.jpg", None, "https://cdn/2.jpg"],
            error_codes=[None, "invalid_url", None],
        ),
        Outcome(2, error_code="missing_name", error_column="name"),
    ]
    assert written(data, outcomes) == (
        b"sku,name,images,Output Image Urls,Errors\r\n"
        b'1,Cup,a b c,"https://cdn/0.jpg,,https://cdn/2.jpg",invalid_url: bad\r\n'
        b"2,,x,,missing_name: name\r\n"
    )


def test_several_errors_stand_on_lines_of_their_own() -> None:
    outcome = Outcome(
        1, urls=["u1", "u2"], output_urls=[None, None], error_codes=["not_found", "timeout"]
    )
    assert result.errors(outcome) == "not_found: u1\ntimeout: u2"
    assert result.output(outcome) == ","


def test_a_comma_in_a_new_url_cannot_be_mistaken_for_a_separator() -> None:
    outcome = Outcome(1, urls=["u"], output_urls=["https://cdn/w_1,h_2/a.jpg"], error_codes=[None])
    assert result.output(outcome) == "https://cdn/w_1%2Ch_2/a.jpg"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xef\xbb\xbf")],
    ids=["UTF-8", "UTF-8 with a mark", "UTF-16"],
)
def test_the_inputs_delimiter_and_byte_order_mark_are_kept(encoding: str, mark: bytes) -> None:
    data = "name;images\nTasse ☕;u\n".encode(encoding)
    assert (
        written(data, [done(1, 2)])
        == mark
        + (
            "name;images;Output Image Urls;Errors\r\n"
            "Tasse ☕;u;https://cdn.example/0,https://cdn.example/1;\r\n"
        ).encode()
    )


def test_ragged_rows_are_brought_to_the_headers_width() -> None:
    ragged = [Outcome(n, error_code="ragged_row", error_column="images") for n in (1, 2)]
    lines = written(b"name,images\nCup\nCup,u,v,w\n", ragged).decode().splitlines()
    assert lines[1:] == ["Cup,,,ragged_row: images", "Cup,u,,ragged_row: images"]


def test_bytes_that_are_not_text_do_not_spoil_the_result() -> None:
    row = Outcome(1, error_code="invalid_encoding", error_column="name")
    assert (
        "C\ufffdp,u,,invalid_encoding: name" in written(b"name,images\nC\xfcp,u\n", [row]).decode()
    )


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("name,images", "name,images,Output Image Urls,Errors"),
        ("name,images,Output Image Urls,Errors", "name,images,Output Image Urls,Errors"),
        ("name,errors,images", "name,errors,images,Output Image Urls,Errors 2"),
        (
            "Errors,Output Image Urls,name,images,Errors 2",
            "Errors,Output Image Urls,name,images,Errors 2,Output Image Urls 2,Errors 3",
        ),
    ],
    ids=["none of ours", "ours", "the user's own errors", "all of the user's own"],
)
def test_a_result_uploaded_again_is_replaced_and_a_users_own_column_stays(
    columns: str, expected: str
) -> None:
    assert written(columns.encode() + b"\n", []).decode() == expected + "\r\n"


def test_results_of_a_result_replace_the_old_ones() -> None:
    first = written(b"name,images\nCup,u\n", [Outcome(1, "missing_urls", "images")])
    assert written(first, [done(1)]) == (
        b"name,images,Output Image Urls,Errors\r\nCup,u,https://cdn.example/0,\r\n"
    )


@pytest.mark.parametrize(
    "numbers", [[1], [1, 3], [2, 3], [1, 2, 3]], ids=["one", "1 and 3", "2 and 3", "three"]
)
def test_rows_and_outcomes_that_do_not_match_are_an_error(numbers: list[int]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (zip's own words)
        written(b"name,images\nCup,u\nJug,v\n", [done(number) for number in numbers])


def test_a_long_table_comes_in_blocks() -> None:
    data = b"name,images\n" + b"Cup,u\n" * 20_000
    blocks = list(result.written(Table([data]), (done(n) for n in range(1, 20_001))))
    assert len(blocks) > 5
    assert max(map(len, blocks)) < 2 * writing.BLOCK
    assert b"".join(blocks).count(b"\r\n") == 20_001


CELL = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10),
    st.text(',;\t"\r\n a', max_size=6),
)


@given(
    table=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=5),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_every_cell_of_the_input_comes_back_as_it_was(
    table: list[list[str]], delimiter: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([["note", "name", "images"], *table])
    output = written(text.getvalue().encode(), [done(n) for n in range(1, len(table) + 1)])
    lines = list(csv.reader(io.StringIO(output.decode(), newline=""), delimiter=delimiter))
    assert [cells[:3] for cells in lines[1:]] == table
