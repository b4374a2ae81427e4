from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import failures as written
from catalogue.reader import Table
from darkroom.failures import Failure, read


@dataclass
class Failed:
    """A row of the database, as the writer of the file wants it."""

    number: int
    error_code: str | None = None
    error_column: str | None = None
    error_message: str | None = None
    urls: Sequence[str] = ()
    output_urls: Sequence[str | None] = ()
    error_codes: Sequence[str | None] = ()
    error_messages: Sequence[str | None] = ()


def failure(row: int, code: str, message: str, **place: str) -> Failure:
    return {"row": row, "column": None, "code": code, "message": message, "url": None} | place


URLS = ("https://a.example/1(2).jpg", "https://a.example/2.jpg", "https://a.example/3.jpg")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("mark", ["", "\N{BYTE ORDER MARK}"], ids=["plain", "marked"])
@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
def test_each_reason_of_a_file_that_the_api_writes_is_read(
    delimiter: str, mark: str, piece: int
) -> None:
    lines = [
        ["Product\r\nName", "Price (EUR)", "images", "Errors"],
        ["Cup", "1", " ".join(URLS), "mine"],
        ["", "2", URLS[0], ""],
        ["Jug", "3", URLS[0], "", "surplus", "surplus"],
    ]
    text = "".join(delimiter.join(f'"{cell}"' for cell in line) + "\r\n" for line in lines)
    failed = [
        Failed(1, urls=URLS, output_urls=[None, "https://cdn.example/2", None],
               error_codes=["not_found", None, "timeout"],
               error_messages=["The server answered 404.", None, "15 s (all of them) passed."]),
        Failed(2, "missing_name", "Product\r\nName", "“Name” is empty (or blank)."),
        Failed(3, "ragged_row", "Price (EUR)", "The row has 6 cells."),
    ]  # fmt: skip
    content = b"".join(written.written(Table([(mark + text).encode()]), failed))
    pieces = (content[at : at + piece] for at in range(0, len(content), piece))
    assert list(read(pieces)) == [
        failure(1, "not_found", "The server answered 404.", url=URLS[0]),
        failure(1, "timeout", "15 s (all of them) passed.", url=URLS[2]),
        failure(2, "missing_name", "“Name” is empty (or blank).", column="Product\r\nName"),
        failure(3, "ragged_row", "The row has 6 cells.", column="Price (EUR)"),
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(content: bytes) -> None:
    assert list(read([content])) == []


def test_a_file_without_failures_has_none() -> None:
    assert list(read([b"name,images,Output Image Urls,Errors,Input Row\r\n"])) == []
