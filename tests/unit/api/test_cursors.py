import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import cursors
from api.errors import InvalidRequest


@given(listing=st.text(st.characters(codec="utf-8")), after=st.text(st.characters(codec="utf-8")))
def test_a_cursor_leads_back_to_its_place(listing: str, after: str) -> None:
    after = after[:20]
    assert cursors.decode(listing, cursors.encode(listing, after)) == after


def test_a_cursor_of_another_list_is_refused() -> None:
    cursor = cursors.encode("jobs of one tenant", "7")
    with pytest.raises(InvalidRequest):
        cursors.decode("jobs of another", cursor)


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        cursors.decode("a list", text)
    assert [each.field for each in raised.value.errors] == ["cursor"]
