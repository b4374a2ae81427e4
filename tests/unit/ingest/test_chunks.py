import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.reader import Row
from ingest import chunks


def row(number: int, size: int) -> Row:
    return Row(number, [], "Cup", "", [], {}, None, size)


@given(st.lists(st.integers(1, chunks.CHARACTERS * 2), max_size=30))
def test_chunks_hold_every_row_once_and_in_order(sizes: list[int]) -> None:
    rows = [row(number, size) for number, size in enumerate(sizes, 1)]
    cut = list(chunks.cut(rows))
    assert [each for chunk in cut for each in chunk] == rows
    for chunk in cut:
        assert sum(each.size for each in chunk[:-1]) < chunks.CHARACTERS


def test_no_chunk_has_more_rows_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "ROWS", 4)
    cut = list(chunks.cut(row(number, 10) for number in range(10)))
    assert [len(chunk) for chunk in cut] == [4, 4, 2]
