import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.header import NAME, SERIAL, URLS, Header, known_columns, normalized
from pipeline.errors import FileError, FileErrorCode


@pytest.mark.parametrize("urls", URLS)
@pytest.mark.parametrize("name", NAME)
def test_every_alias_of_the_contract_is_known(name: str, urls: str) -> None:
    header = Header.of(["extra", urls, name])
    assert (header.name, header.urls, header.serial) == (2, 1, None)


@pytest.mark.parametrize("serial", SERIAL)
def test_the_serial_is_found_and_may_be_missing(serial: str) -> None:
    assert Header.of(["name", serial, "images"]).serial == 1
    assert Header.of(["name", "images"]).serial is None


@pytest.mark.parametrize(
    "spelling",
    [
        "PRODUCT NAME",
        "product_name",
        " Product-Name: ",
        "productname",
        pytest.param("Product\nName", id="line end"),
        pytest.param(f"{' ' * 500_000}Product Name{' ' * 500_000}", id="a million spaces"),
        pytest.param("\uff2e\uff21\uff2d\uff25", id="full width"),
    ],
)
def test_case_spaces_and_punctuation_do_not_matter(spelling: str) -> None:
    assert Header.of([spelling, "image_url"]).name == 0


@given(st.permutations(["S. No.", "Product Name", "Input Image Urls", "brand", "price"]))
def test_columns_may_stand_in_any_order(columns: list[str]) -> None:
    header = Header.of(columns)
    assert columns[header.name] == "Product Name"
    assert columns[header.urls] == "Input Image Urls"
    assert header.serial is not None
    assert columns[header.serial] == "S. No."


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["sku", "price"], ["product name", "image URLs", "Columns found: sku, price."]),
        (["name", "picture"], ["image URLs", "Input Image Urls", "Columns found: name, picture."]),
        (["images", ""], ["product name", "title", "Columns found: images, (no name)."]),
    ],
    ids=["both", "images", "name"],
)
def test_a_missing_column_is_named_with_what_was_found(
    columns: list[str], words: list[str]
) -> None:
    with pytest.raises(FileError) as raised:
        Header.of(columns)
    assert raised.value.code == FileErrorCode.MISSING_COLUMN
    for word in words:
        assert word in raised.value.message


@pytest.mark.parametrize(
    ("columns", "competing"),
    [
        (["name", "Name", "images"], "name, Name"),
        (["name", "images", "Image Src"], "images, Image Src"),
    ],
    ids=["names", "images"],
)
def test_columns_that_compete_for_one_meaning_are_named(columns: list[str], competing: str) -> None:
    with pytest.raises(FileError) as raised:
        Header.of(columns)
    assert raised.value.code == FileErrorCode.DUPLICATE_COLUMN
    assert competing in raised.value.message


def test_of_several_serials_the_first_of_the_contract_counts() -> None:
    assert Header.of(["id", "sku", "name", "images"]).serial == 1


def test_other_columns_may_repeat_and_may_have_no_name() -> None:
    header = Header.of(["name", "tag", "tag", "", "images"])
    assert header.columns == ("name", "tag", "tag", "", "images")
    assert header.label(1) == "tag"
    assert header.label(3) == "column 4"
    assert header.label(9) == "column 10"


def test_a_monstrous_header_makes_a_short_message() -> None:
    with pytest.raises(FileError) as raised:
        Header.of(["x" * 10_000] * 5_000)
    assert len(raised.value.message) < 4_000
    assert "and 4980 more" in raised.value.message


MARKS = "\u0301\u0323" * 500_000
"""Whoever brings these into their order takes the square of their number: hours."""


@pytest.mark.parametrize(
    "column",
    [MARKS, "a" + MARKS, MARKS + "name", "name" + MARKS, "ﷺ" * 9_999],
    ids=["marks", "marks on a letter", "marks before a name", "marks behind a name", "ligatures"],
)
def test_a_name_much_longer_than_any_that_is_known_is_not_looked_into(column: str) -> None:
    assert normalized(column) == ""
    assert known_columns(["name", "images", column]) == known_columns(["name", "images"])
    assert Header.of([column, "name", column, "images"]).columns[2] == column
    with pytest.raises(FileError, match="no column for the product name"):
        Header.of([column, "images"])


def test_a_name_is_made_ready_to_be_shown_once_however_many_rows_are_bad() -> None:
    header = Header.of([" " * 1_000_000 + "name", "images"])
    assert {header.label(0) for _ in range(500_000)} == {"name"}


@given(st.text())
def test_normalizing_twice_changes_nothing_more(column: str) -> None:
    once = normalized(column)
    assert normalized(once) == normalized(normalized(once))


def test_of_a_name_and_a_title_the_first_alias_is_the_product_name() -> None:
    header = Header.of(["title", "image_url", "Product Name"])
    assert header.columns[header.name] == "Product Name"


def test_a_name_that_grows_by_folding_is_not_walked() -> None:
    assert normalized("\ufdfa" * 30) == ""
