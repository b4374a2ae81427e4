"""A spreadsheet takes a cell that begins with one of these for a formula, whoever wrote it."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import example, given
from hypothesis import strategies as st

from catalogue import failures, result, urls
from catalogue.reader import Table

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

hostile = st.builds("".join, st.tuples(st.sampled_from(FORMULA), st.text("=+-@;|,\"'\t\n a(1!")))


@dataclass(frozen=True)
class Ended:
    number: int = 1
    error_code: str | None = None
    error_column: str | None = None
    error_message: str | None = None
    urls: list[str] = field(default_factory=list)
    output_urls: list[str | None] = field(default_factory=list)
    error_codes: list[str | None] = field(default_factory=list)
    error_messages: list[str | None] = field(default_factory=list)


def read_back(pieces: Iterable[bytes]) -> list[list[str]]:
    text = b"".join(pieces).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


@given(cell=hostile, header=hostile, stored=st.booleans())
@example(cell="=cmd|'/C calc'!A0", header="=1+1", stored=False)
@example(cell="@SUM(1)*1\n=2", header="\t=1", stored=True)
def test_no_cell_that_we_add_is_a_formula_and_none_of_the_users_changes(
    cell: str, header: str, stored: bool
) -> None:
    made = io.StringIO(newline="")
    csv.writer(made).writerows([[header, "name", "images"], [cell, cell, cell]])
    data = made.getvalue().encode()
    found = urls.split(cell)
    images = Ended(
        urls=found,
        output_urls=["https://cdn.example/0.jpg" if stored else None for _ in found],
        error_codes=[None if stored else "invalid_url" for _ in found],
        error_messages=[None if stored else "The URL must begin with http://." for _ in found],
    )
    row = Ended(error_code="missing_urls", error_column=header, error_message=f"“{header}” is bad.")
    for outcome in (images, row):
        written = read_back(result.written(Table([data]), [outcome]))
        mended = read_back(failures.written(Table([data]), [outcome]))
        for lines in (written, mended):
            assert [line[:3] for line in lines] == [[header, "name", "images"], [cell] * 3]
            assert not [each for line in lines for each in line[3:] if each.startswith(FORMULA)]
