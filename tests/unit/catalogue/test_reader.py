"""The two known formats, every way to write them, and every way to get them wrong."""

import csv
import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import limits
from catalogue.reader import Row, Table
from pipeline.errors import FileError, FileErrorCode, RowErrorCode

CAMERA = (
    b"S. No.,Product Name,Input Image Urls\r\n"
    b'1,SKU1,"https://a.example/1.jpg,https://a.example/2.jpg"\r\n'
    b"2,SKU2,https://a.example/3.jpg\r\n"
)
SHOP = (
    b"sku,name,description,image_url\n"
    b'A-1,"Mug, blue","Says ""hello""",https://a.example/mug.jpg\n'
    b"A-2,Plate,,https://a.example/plate.jpg"
)


def rows(data: bytes) -> list[Row]:
    return list(Table([data]).rows())


def rejection(data: bytes) -> FileError:
    with pytest.raises(FileError) as raised:
        list(Table([data]).rows())
    return raised.value


def test_several_urls_in_a_quoted_cell() -> None:
    first, second = rows(CAMERA)
    assert (first.number, first.serial, first.name) == (1, "1", "SKU1")
    assert first.urls == ["https://a.example/1.jpg", "https://a.example/2.jpg"]
    assert (second.number, second.urls) == (2, ["https://a.example/3.jpg"])
    assert first.error is second.error is None


def test_unknown_columns_are_kept() -> None:
    first, second = rows(SHOP)
    assert first.cells == ["A-1", "Mug, blue", 'Says "hello"', "https://a.example/mug.jpg"]
    assert second.cells == ["A-2", "Plate", "", "https://a.example/plate.jpg"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_encodings_line_ends_and_delimiters(encoding: str, line_end: str, delimiter: str) -> None:
    text = line_end.join(
        delimiter.join(cells)
        for cells in (["name", "image_url", "note"], ["Tasse ☕", "https://a.example/ä.jpg", "x"])
    )
    table = Table([text.encode(encoding)])
    assert [row.cells for row in table.rows()] == [["Tasse ☕", "https://a.example/ä.jpg", "x"]]
    assert table.delimiter == delimiter
    assert table.encoding.marked == (encoding != "utf-8")


def test_big_endian_utf_16() -> None:
    text = "\ufeffname,images\nCup,https://a.example/1.jpg\n"
    assert [row.name for row in rows(text.encode("utf-16-be"))] == ["Cup"]


@pytest.mark.parametrize(
    ("header", "delimiter", "columns"),
    [
        ('name;"images";"size; in cm, or mm, or m, or km"', ";", 3),
        ('"note, with, many, commas"\tname\timages', "\t", 3),
        ('name,images,"a;b;c;d;e"', ",", 3),
        ("name;images;a,b,c,d,e", ";", 3),
        ('"name","images","two\nlines;of\ttext"', ",", 3),
        ('"name";"images";"two\nlines,of,text"', ";", 3),
        ('name,images,5" or 6"', ",", 3),
    ],
    ids=[
        "commas in quotes",
        "tabs",
        "semicolons in quotes",
        "commas in a name",
        "two lines with a semicolon",
        "two lines with a comma",
        "inches",
    ],
)
def test_the_delimiter_is_the_one_that_makes_sense_of_the_header(
    header: str, delimiter: str, columns: int
) -> None:
    row = delimiter.join(["Cup", "Cup", "https://a.example/1.jpg"])
    table = Table([f"{header}\n{row}\n".encode()])
    assert table.delimiter == delimiter
    assert len(table.header.columns) == columns
    assert [row.name for row in table.rows()] == ["Cup"]


@pytest.mark.parametrize(
    "line",
    ["sep=;", pytest.param("SEP=;\r", id="SEP=; and CR"), '"sep=;"', "sep=;;;", "sep="],
)
def test_what_tells_excel_the_delimiter_is_no_header(line: str) -> None:
    table = Table([f"\ufeff{line}\nname;images\nCup;https://a.example/1.jpg\n".encode()])
    assert table.header.columns == ("name", "images")
    assert [row.name for row in table.rows()] == ["Cup"]


def test_as_many_columns_as_a_sheet_has_are_read() -> None:
    table = Table([b"name,images" + b",x" * 16_382 + b"\n" + GOOD_LINE])
    assert len(table.header.columns) == 16_384


def test_blank_lines_are_no_rows() -> None:
    data = (
        b"\n\r\nname,images\n\n  \nCup,https://a.example/1.jpg\n\n\nJug,https://a.example/2.jpg\n\n"
    )
    assert [(row.number, row.name) for row in rows(data)] == [(1, "Cup"), (2, "Jug")]


def test_a_quoted_cell_keeps_its_line_breaks() -> None:
    data = b'name,images\n"Cup\r\nlarge\n\nred\rhot","https://a.example/1.jpg\nhttps://a.example/2.jpg"'
    (row,) = rows(data)
    assert row.cells[0] == "Cup\r\nlarge\n\nred\rhot"
    assert row.urls == ["https://a.example/1.jpg", "https://a.example/2.jpg"]


NAME, URLS = "Product Name", "Image URLs!"

ROW_ERRORS = {
    "no name": (b",https://a.example/1.jpg,x", RowErrorCode.MISSING_NAME, NAME),
    "blank name": (b"  ,https://a.example/1.jpg,x", RowErrorCode.MISSING_NAME, NAME),
    "empty cells": (b",,", RowErrorCode.MISSING_NAME, NAME),
    "no URL": (b"Cup,,x", RowErrorCode.MISSING_URLS, URLS),
    "separator alone": (b'Cup," ; ",x', RowErrorCode.MISSING_URLS, URLS),
    "invalid URL": (b"Cup,not-a-url,x", RowErrorCode.INVALID_URL, URLS),
    "invalid URLs": (b"Cup,nope|nope|nada,x", RowErrorCode.INVALID_URL, URLS),
    "one cell": (b"Cup", RowErrorCode.RAGGED_ROW, URLS),
    "a cell too few": (b"Cup,https://a.example/1.jpg", RowErrorCode.RAGGED_ROW, "note"),
    "a cell too many": (b"Cup,https://a.example/1.jpg,x,y", RowErrorCode.RAGGED_ROW, "column 4"),
    "Latin-1": (b"C\xfcp,https://a.example/1.jpg,x", RowErrorCode.INVALID_ENCODING, NAME),
    "no UTF-8": (b"Cup,https://a.example/1.jpg,\xff", RowErrorCode.INVALID_ENCODING, "note"),
    "zero byte": (b"Cup,https://a.example/1.jpg,a\x00b", RowErrorCode.INVALID_ENCODING, "note"),
    "two lines": (b'"C\xfc\np",https://a.example/1.jpg,x', RowErrorCode.INVALID_ENCODING, NAME),
    "surrogate": (b"Cup,https://a.example/\xed\xa0\x80,x", RowErrorCode.INVALID_ENCODING, URLS),
    "101 URLs": (b"Cup," + b"https://a.example/ " * 101 + b",x", RowErrorCode.TOO_MANY_URLS, URLS),
}


@pytest.mark.parametrize(("line", "code", "column"), ROW_ERRORS.values(), ids=ROW_ERRORS)
def test_a_bad_row_is_rejected_and_the_others_go_on(
    line: bytes, code: RowErrorCode, column: str
) -> None:
    good = b"Jug,https://a.example/2.jpg,x"
    before, bad, after = rows(b"\n".join([b"Product Name,Image URLs!,note", good, line, good]))
    assert before.error is after.error is None
    assert bad.number == 2
    assert bad.urls == []
    assert bad.error is not None
    assert (bad.error.code, bad.error.column) == (code, column)
    bad.error.message.encode()
    assert "\0" not in bad.error.message


def test_a_lone_surrogate_in_utf_16_costs_its_row_only() -> None:
    text = "\ufeffname,images\nC\ud800p,https://a.example/1.jpg\nJug,https://a.example/2.jpg\n"
    bad, good = rows(text.encode("utf-16-le", "surrogatepass"))
    assert bad.error is not None
    assert bad.error.code == RowErrorCode.INVALID_ENCODING
    assert good.error is None


def test_one_bad_url_among_good_ones_leaves_the_row_accepted() -> None:
    (row,) = rows(b'name,images\nCup,"https://a.example/1.jpg,nope,https://a.example/2.jpg"')
    assert row.error is None
    assert row.urls == ["https://a.example/1.jpg", "nope", "https://a.example/2.jpg"]
    assert list(row.invalid_urls) == ["nope"]


def test_a_row_may_hold_a_hundred_urls() -> None:
    (row,) = rows(b"name,images\nCup," + b"https://a.example/ " * limits.URLS)
    assert row.error is None
    assert len(row.urls) == 100


GOOD_LINE = b"Cup,https://a.example/1.jpg\n"
OPEN_QUOTE = b"name,images\n" + GOOD_LINE + b'"Cup,x\n' + GOOD_LINE
FILE_ERRORS = {
    "empty": (b"", FileErrorCode.EMPTY_FILE, "empty"),
    "byte order mark": (b"\xef\xbb\xbf", FileErrorCode.EMPTY_FILE, "no header"),
    "blank lines": (b"\n\r\n  \n", FileErrorCode.EMPTY_FILE, "no header"),
    "xlsx": (b"PK\x03\x04" + b"\x00" * 100, FileErrorCode.NOT_A_CSV, ".xlsx"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", FileErrorCode.NOT_A_CSV, ".xls"),
    "gzip": (b"\x1f\x8b\x08\x00...", FileErrorCode.NOT_A_CSV, "gzip"),
    "PDF": (b"%PDF-1.7\n...", FileErrorCode.NOT_A_CSV, "PDF"),
    "PNG": (b"\x89PNG\r\n\x1a\n...", FileErrorCode.NOT_A_CSV, "PNG"),
    "HTML": (b"\n<!DOCTYPE html><html>", FileErrorCode.NOT_A_CSV, "HTML"),
    "program": (b"\x7fELF\2\1\1\0\0\0name,images\n", FileErrorCode.NOT_A_CSV, "binary"),
    "zero byte": (b"name,ima\x00ges\n" + GOOD_LINE, FileErrorCode.NOT_A_CSV, "binary"),
    "UTF-16-LE": (
        "name,images\n".encode("utf-16-le"), FileErrorCode.UNSUPPORTED_ENCODING, "byte order mark",
    ),
    "UTF-16-BE": (
        "name,images\n".encode("utf-16-be"), FileErrorCode.UNSUPPORTED_ENCODING, "byte order mark",
    ),
    "UTF-32": ("name,images\n".encode("utf-32"), FileErrorCode.UNSUPPORTED_ENCODING, "UTF-32"),
    "cut UTF-16": (
        "name,images\nx".encode("utf-16")[:-1], FileErrorCode.UNSUPPORTED_ENCODING, "cut off",
    ),
    "Latin-1": (
        b"name,images,gr\xf6\xdfe\n" + GOOD_LINE, FileErrorCode.UNSUPPORTED_ENCODING, "UTF-8",
    ),
    "other columns": (
        b"sku,price\n1,2\n", FileErrorCode.MISSING_COLUMN, "Columns found: sku, price.",
    ),
    "images twice": (b"name,images,images\n", FileErrorCode.DUPLICATE_COLUMN, "images, images"),
    "quote in the header": (b'name,"images\n' + GOOD_LINE, FileErrorCode.UNCLOSED_QUOTE, "header"),
    "quote in row 2": (OPEN_QUOTE, FileErrorCode.UNCLOSED_QUOTE, "row 2"),
    "quote at the end": (b'name,images\n"', FileErrorCode.UNCLOSED_QUOTE, "row 1"),
    "16,385 columns": (
        b"name,images" + b",x" * 16_383, FileErrorCode.TOO_MANY_COLUMNS, "16,385 columns; at most",
    ),
    "a million commas": (b"," * 1_000_000, FileErrorCode.TOO_MANY_COLUMNS, "at most 16,384"),
    "another delimiter": (
        b"sep=|\nname|images\n", FileErrorCode.MISSING_COLUMN, "Columns found: name|images.",
    ),
    "delimiter alone": (b"sep=;\n", FileErrorCode.EMPTY_FILE, "no header row"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "code", "words"), FILE_ERRORS.values(), ids=FILE_ERRORS)
def test_a_file_that_cannot_be_used_is_rejected_with_a_helpful_sentence(
    data: bytes, code: FileErrorCode, words: str
) -> None:
    error = rejection(data)
    assert error.code == code
    assert words in error.message


def test_a_quote_that_is_never_closed_names_the_row_it_began_in() -> None:
    error = rejection(
        b"name,images\n" + GOOD_LINE * 5 + b'"Cup,https://a.example\n' + GOOD_LINE * 9
    )
    assert (error.code, error.row) == (FileErrorCode.UNCLOSED_QUOTE, 6)


def test_the_limit_of_rows_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ROWS", 3)
    assert len(rows(b"name,images\n" + GOOD_LINE * 3)) == 3
    error = rejection(b"name,images\n" + GOOD_LINE * 4)
    assert error.code == FileErrorCode.TOO_MANY_ROWS
    assert "more than 3 rows" in error.message


def test_the_limit_of_bytes_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"name,images\n" + GOOD_LINE * 40_000
    monkeypatch.setattr(limits, "BYTES", 1_000_000)
    error = rejection(data)
    assert error.code == FileErrorCode.FILE_TOO_LARGE
    assert "1 MB" in error.message
    assert len(rows(data[:1_000_000].rpartition(b"\n")[0])) > 30_000


@pytest.mark.parametrize(
    "row",
    [
        b"Cup,https://a.example/" + b"a" * limits.CELL_CHARACTERS,
        b'"' + b"Cup\n" * (limits.CELL_CHARACTERS // 4 + 1) + b'",https://a.example/',
        b"Cup," * (limits.ROW_CHARACTERS // 4 + 1),
        b'"\n",' * (limits.ROW_CHARACTERS // 4 + 1),
    ],
    ids=["long cell", "long quoted cell", "long line", "many cells on many lines"],
)
def test_a_cell_or_row_without_end_is_stopped(row: bytes) -> None:
    error = rejection(b"name,images\n" + GOOD_LINE + row + b"\n")
    assert error.code == FileErrorCode.CELL_TOO_LARGE
    assert error.row == 2
    assert "1,048,576" in error.message


def test_the_header_is_bounded_too() -> None:
    for header in (b"a" * (limits.CELL_CHARACTERS + 1), b"a," * limits.ROW_CHARACTERS):
        assert rejection(header).code == FileErrorCode.CELL_TOO_LARGE


def test_a_header_of_many_large_lines_is_stopped_soon_after_the_limit_of_a_row() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        yield b"name,images"
        while True:
            piece = b',"' + b"x" * 65_536 + b'\n"'
            read += len(piece)
            yield piece

    with pytest.raises(FileError) as raised:
        Table(endless())
    assert raised.value.code == FileErrorCode.CELL_TOO_LARGE
    assert raised.value.message.startswith("The header has a cell of more than 1,048,576")
    assert "4,194,304 in all" in raised.value.message
    assert limits.ROW_CHARACTERS < read < 2 * limits.ROW_CHARACTERS


HEADERS_TOO_LONG = {
    "one line": b"name,images" + b",x" * 500 + b"\n",
    "a line in pieces": b"name,images,note" + b',"' + b"x" * 600 + b'","' + b"y" * 600 + b'"\n',
    "lines in a quote": b'name,images,"' + b"x\n" * 90 + b"y" * 900 + b'"\n',
    "lines in a quote left open": b'name,images,"' + b"xxxxxxxxxxxxxxxxxxxx\n" * 90,
    "lines of spaces before it": (b" " * 200 + b"\n") * 6 + b"name,images\n",
}


@pytest.mark.parametrize("header", HEADERS_TOO_LONG.values(), ids=HEADERS_TOO_LONG.keys())
def test_a_header_may_have_as_many_characters_as_a_row(
    monkeypatch: pytest.MonkeyPatch, header: bytes
) -> None:
    monkeypatch.setattr(limits, "ROW_CHARACTERS", 1_000)
    error = rejection(header + GOOD_LINE)
    assert error.code == FileErrorCode.CELL_TOO_LARGE
    assert "1,000 in all" in error.message


def test_a_quote_that_another_delimiter_would_open_makes_no_header_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "ROW_CHARACTERS", 1_000)
    table = Table([b'name,images,a;"b\n' + b"Cup,https://a.example/1.jpg,x\n" * 50])
    assert table.header.columns == ("name", "images", 'a;"b')
    assert [row.name for row in table.rows()] == ["Cup"] * 50


def test_millions_of_tabs_behind_a_declaration_are_passed_over_once() -> None:
    tabs = b"\t" * 1_000_000
    assert rejection(b"sep=" + tabs + b"x\n").code == FileErrorCode.TOO_MANY_COLUMNS
    (row,) = rows(b"sep=;" + tabs + b" \t\nname;images\nCup;https://a.example/1.jpg\n")
    assert row.name == "Cup"


def test_a_cell_just_below_the_limit_is_fine() -> None:
    (row,) = rows(b"name,images,note\nCup,https://a.example/1.jpg," + b"x" * limits.CELL_CHARACTERS)
    assert row.error is None


def test_rows_are_skipped_without_losing_count() -> None:
    data = b"name,images\n" + b"\n".join(b"P%d,https://a.example/" % n for n in range(5))
    for count in range(7):
        table = Table([data])
        table.skip(count)
        assert [row.number for row in table.rows()] == list(range(count + 1, 6))


def test_reading_may_stop_at_a_row_and_go_on() -> None:
    table = Table([b"name,images\nC\xffp,x\nJug,https://a.example/2.jpg\n"])
    assert [next(table.rows()).number, next(table.records())[0]] == [1, "Jug"]
    assert next(table.rows(), None) is None


# What a cell may hold: everything but NUL and lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
CELL = st.one_of(TEXT, st.text(",;\t\"\r\n 'a", max_size=8))
HEADERS = st.permutations(["Product Name", "Image Src", "note; with, marks\tin it", 'q"uote'])


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return (data[a:b] for a, b in pairwise(places))


@given(
    header=HEADERS,
    table=st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=6),
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    cuts=st.lists(st.integers(0, 10_000), max_size=8),
)
def test_what_a_csv_writer_wrote_is_read_back_wherever_the_stream_is_cut(
    *,
    header: list[str],
    table: list[list[str]],
    delimiter: str,
    encoding: str,
    line_end: str,
    quoting: Literal[0, 1],
    cuts: list[int],
) -> None:
    text = io.StringIO(newline="")
    # A bare CR needs quotes too, which the writer only knows of its own line end.
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=quoting)
    writer.writerow(header)
    writer.writerows(table)
    data = text.getvalue()
    if not any("\r" in cell or "\n" in cell for cells in table for cell in cells):
        data = data.replace("\r\n", line_end)
    read = Table(pieces(data.encode(encoding), cuts))
    assert read.header.columns == tuple(header)
    assert read.delimiter == delimiter
    assert list(read.records()) == table


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_at_all_are_read_or_rejected_and_cuts_do_not_matter(
    data: bytes, cuts: list[int]
) -> None:
    def outcome(chunks: Iterator[bytes]) -> object:
        try:
            return [
                (row.number, row.cells, row.urls, row.error and row.error.code)
                for row in Table(chunks).rows()
            ]
        except FileError as error:
            return (error.code, error.message)

    for before in (b"", b"name,images\n", "name;images\n".encode("utf-16")):
        whole = before + data
        assert outcome(iter([whole])) == outcome(pieces(whole, cuts))


@given(st.binary(max_size=200))
def test_what_reaches_the_database_is_always_text(data: bytes) -> None:
    try:
        for row in Table([b"name,images\nA,https://a.example/" + data]).rows():
            for text in (*row.urls, *row.invalid_urls.values(), row.name):
                text.encode()
                assert "\0" not in text
            if row.error:
                (row.error.message + row.error.column).encode()
    except FileError as error:
        error.message.encode()
