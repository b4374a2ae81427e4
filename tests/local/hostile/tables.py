"""Whole CSV files as programs and people really make them, and what each ends in."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass

from tests.archives import archive

URL = "https://shop.invalid/a.jpg"
SOUND = "unreachable"
"""What a sound row ends in: its URL is one that nothing can ever be fetched from, and it is only
then that this is found out."""

GOOD = f"Cup,{URL}\n"
MEGABYTE = 1_048_576
"""Characters; a cell may have as many."""

MARKS = "\u0301\u0323" * 300_000
"""Accents in an order that is not theirs. To sort them takes the square of their number."""


@dataclass(frozen=True)
class Table:
    """A file. Either each of its rows has a code, in order, or the whole file has one."""

    data: bytes
    rows: Sequence[str] = ()
    code: str | None = None


def of(text: str, *rows: str, encoding: str = "utf-8") -> Table:
    """Text with these rows' codes; every row is sound if none is given."""
    return Table(text.encode(encoding, "surrogatepass"), rows or (SOUND,))


def body(text: str, *rows: str) -> Table:
    """The same, below a plain header."""
    return of("name,images\n" + text, *rows)


def refused(code: str, data: bytes | str) -> Table:
    return Table(data.encode() if isinstance(data, str) else data, code=code)


WORKBOOK = archive(
    {
        "[Content_Types].xml": "<Types/>",
        "xl/worksheets/sheet1.xml": "<worksheet/>" * 1_000,
    }
)

PLAIN = "name,images\n" + GOOD

ENCODINGS = {
    "plain": of(PLAIN),
    "byte order mark": of("\ufeff" + PLAIN),
    "two byte order marks": of("\ufeff\ufeff" + PLAIN),
    "UTF-16, little end first": of("\ufeff" + PLAIN, encoding="utf-16-le"),
    "UTF-16, big end first": of("\ufeff" + PLAIN, encoding="utf-16-be"),
    "UTF-16 with a lone surrogate": of(
        f"\ufeff{PLAIN}C\ud800,{URL}\n", SOUND, "invalid_encoding", encoding="utf-16-le"
    ),
    "UTF-16 cut inside a character": refused(
        "unsupported_encoding", ("\ufeff" + PLAIN).encode("utf-16-le") + b"\n"
    ),
    "UTF-16, little end first, no mark": refused("unsupported_encoding", PLAIN.encode("utf-16-le")),
    "UTF-16, big end first, no mark": refused("unsupported_encoding", PLAIN.encode("utf-16-be")),
    "UTF-32": refused("unsupported_encoding", ("\ufeff" + PLAIN).encode("utf-32-le")),
    "Windows-1252 in a row": Table(
        PLAIN.encode() + f"Café,{URL}\n{GOOD}".encode("cp1252"), (SOUND, "invalid_encoding", SOUND)
    ),
    "Windows-1252 in the header": refused(
        "unsupported_encoding", f"name,images,größe\nCup,{URL},1\n".encode("cp1252")
    ),
    "overlong UTF-8": Table(
        PLAIN.encode() + b"\xc0\x80," + URL.encode(), (SOUND, "invalid_encoding")
    ),
    "surrogates in UTF-8": Table(
        PLAIN.encode() + b"\xed\xa0\x80," + URL.encode(), (SOUND, "invalid_encoding")
    ),
    "UTF-8 cut inside a character": Table(
        PLAIN.encode() + URL.encode() + b"," + b"\xe2\x82", (SOUND, "invalid_encoding")
    ),
    "NUL in a row": body(f"C\0p,{URL}\n{GOOD}", "invalid_encoding", SOUND),
    "NUL in the header": refused("not_a_csv", f"na\0me,images\n{GOOD}"),
    "nothing but NUL": refused("not_a_csv", bytes(1_000)),
    "far planes of Unicode": body(f"\U0010ffff\U0001f600,{URL}\n"),
}

QUOTES = {
    "quote never closed in the last row": refused("unclosed_quote", f'{PLAIN}"Cup,{URL}\n'),
    "quote never closed in the first row": refused(
        "unclosed_quote", f'name,images\n"Cup,{URL}\n{GOOD * 50}'
    ),
    "quote never closed in the header": refused("unclosed_quote", f'name,"images\n{GOOD}'),
    "quote never closed in a long file": refused(
        "cell_too_large", f'name,images\n"Cup,{URL}\n' + GOOD * 60_000
    ),
    "quote in the middle of a cell": body(f'Cup 12" high,{URL}\n'),
    "quotes in the middle of a cell": body(f'Cup "Oslo" red,{URL}\n'),
    "text behind a closing quote": body(f'"Cup" red,{URL}\n'),
    "doubled quotes": body(f'"Cup ""Oslo""",{URL}\n'),
    "quotes behind backslashes": body(f'"Cup \\"Oslo\\" red",{URL}\n'),
    "quoted URL after a space": body(f'Cup, "{URL}"\n{GOOD}', "invalid_url", SOUND),
    "single quotes": body(f"'Cup',{URL}\n"),
    "line break in a cell": body(f'"Cup\nred",{URL}\n'),
    "line break between URLs": body(f'Cup,"{URL}\r\n{URL}?2"\n'),
    "header as one quoted cell": refused("missing_column", f'"name,images"\n{GOOD}'),
    "header over a hundred lines": refused(
        "unclosed_quote", 'name,images,"' + "\n" * 200 + f'"\n{GOOD}'
    ),
    "nothing but quotes": refused("missing_column", '""""""\n' * 10),
}

LINES = {
    "carriage return and line feed": of(PLAIN.replace("\n", "\r\n")),
    "carriage returns alone": of(PLAIN.replace("\n", "\r")),
    "doubled carriage returns": of(PLAIN.replace("\n", "\r\r\n")),
    "mixed line ends": of(f"name,images\r{GOOD}Cup,{URL}\r\n{GOOD}", SOUND, SOUND, SOUND),
    "no last line end": of(PLAIN.rstrip()),
    "blank lines": of("\n\n name,images\n\n" + f"\n{GOOD}\n   \n\n", SOUND),
    "ten thousand blank lines": body("\n" * 10_000 + GOOD),
    "rows of delimiters": body(f"{GOOD},\n,\n", SOUND, "missing_name", "missing_name"),
    "unit, form and line separators": body(f"Cup\x1f\x0b\x0c\x85\u2028,{URL}\n"),
    "end of file as in DOS": body(f"{GOOD}\x1a", SOUND, "ragged_row"),
    "header alone": refused("no_valid_rows", "name,images\n"),
    "header alone without a line end": refused("no_valid_rows", "name,images"),
    "line ends alone": refused("empty_file", "\n\r\n\n"),
    "spaces alone": refused("empty_file", "   \n  "),
    "byte order mark alone": refused("empty_file", "\ufeff"),
}

CELLS = {
    "semicolons": of(f"name;images\nCup;{URL}\n"),
    "tabs": of(f"name\timages\nCup\t{URL}\n"),
    "pipes": refused("missing_column", f"name|images\nCup|{URL}\n"),
    "sep= as Excel has it": of(f"sep=;\r\nname;images\r\nCup;{URL}\r\n"),
    "sep= and a comma": of(f"sep=,\n{PLAIN}"),
    "sep= and a tab": of(f"SEP=\t\nname\timages\nCup\t{URL}\n"),
    "sep= and a million tabs": refused("too_many_columns", "sep=" + "\t" * 1_000_000 + "x\n"),
    "sep= and a pipe": refused("missing_column", f"sep=|\nname|images\nCup|{URL}\n"),
    "short row": body(f"Cup\n{GOOD}", "ragged_row", SOUND),
    "long row": body(f"Cup,{URL},red,blue\n{GOOD}", "ragged_row", SOUND),
    "row of a hundred thousand cells": body("," * 100_000 + f"\n{GOOD}", "ragged_row", SOUND),
    "unquoted commas between URLs": body(f"Cup,{URL},{URL}\n{GOOD}", "ragged_row", SOUND),
    "trailing delimiters throughout": of(f"name,images,\nCup,{URL},\n"),
    "trailing delimiters in rows": body(f"Cup,{URL},\n{GOOD}", "ragged_row", SOUND),
    "no name": body(f",{URL}\n{GOOD}", "missing_name", SOUND),
    "name of white space": body(f" \t\u00a0\u3000,{URL}\n{GOOD}", "missing_name", SOUND),
    "no URL": body(f"Cup,\n{GOOD}", "missing_urls", SOUND),
    "separators for URLs": body(f'Cup,",;| ,"\n{GOOD}', "missing_urls", SOUND),
    "a hundred URLs": body("Cup," + " ".join(f"{URL}?{n}" for n in range(100))),
    "a hundred and one URLs": body(f"{GOOD}Cup,{f'{URL} ' * 101}\n", SOUND, "too_many_urls"),
    "a hundred thousand URLs": body(f"{GOOD}Cup,{'a ' * 100_000}\n", SOUND, "too_many_urls"),
    "no row is sound": refused("no_valid_rows", f"name,images\n,{URL}\nCup,\nCup\n"),
    "cell of a mebibyte": body(f"{'x' * MEGABYTE},{URL}\n"),
    "cell a little larger": refused("cell_too_large", f"name,images\n{'x' * (MEGABYTE + 1)},a\n"),
    "cell of 10 MB": refused("cell_too_large", f"{PLAIN}{'x' * 10_000_000},{URL}\n"),
    "row of 5 MB": refused("cell_too_large", PLAIN + f"{'x' * 1_000_000}," * 5 + "\n"),
    "header of 5 MB in cells of a megabyte": refused(
        "cell_too_large", "name,images" + (',"' + "x" * 1_000_000 + '"') * 5 + f"\n{GOOD}"
    ),
    "header of 5 MB on many lines": refused(
        "cell_too_large", "name,images" + (',"' + "x" * 100_000 + '\n"') * 50 + f"\n{GOOD}"
    ),
    "header of 10 MB": refused("cell_too_large", f"name,images,{'x' * 10_000_000}\n{GOOD}"),
    "a million rows and one": refused("too_many_rows", "name,images\n" + "a,b\n" * 1_000_001),
    "statements of SQL": body(f"'); DROP TABLE jobs;--,{URL}\n"),
    "PostgreSQL's escapes": body(
        f"\\.,{URL}\n\\N,{URL}?\\N\n%s {{}},{URL}\n", SOUND, "invalid_url", SOUND
    ),
    "markup": body(f"<script>alert(1)</script>,{URL}\n"),
    "terminal's escapes": body(f"\x1b[2J\x1b]0;x\x07,{URL}\n"),
}

HEADERS = {
    "white space around names": of(f"  Product\u00a0 Name , images\t\nCup,{URL}\n"),
    "full-width letters": of(f"ｎａｍｅ,ｉｍａｇｅｓ\nCup,{URL}\n"),  # noqa: RUF001
    "name of 600,000 accents": of(f"name,images,a{MARKS}\nCup,{URL},\n"),
    "name of 600,000 accents alone": refused("missing_column", f"name{MARKS},images\n{GOOD}"),
    "name among a million spaces": of(f"{' ' * 1_000_000}name,images\nCup,{URL}\n"),
    "no names at all": refused("missing_column", f",\n{GOOD}"),
    "title above the header": refused("missing_column", f"Our products\n{PLAIN}"),
    "rows without a header": refused("missing_column", GOOD),
    "two names": refused("duplicate_column", f"name,name,images\nCup,Cup,{URL}\n"),
    "two columns of URLs": refused("duplicate_column", f"name,images,image_url\nCup,{URL},\n"),
    "two columns of something else": of(f"name,x,x,images\nCup,,,{URL}\n"),
    "no column of URLs": refused("missing_column", "name,picture\nCup,a\n"),
    "16,384 columns": of(f"name,images{',x' * 16_382}\nCup,{URL}{',' * 16_382}\n"),
    "16,385 columns": refused("too_many_columns", f"name,images{',x' * 16_383}\n{GOOD}"),
    "a million columns of nothing": refused("too_many_columns", "," * 1_000_000 + "\n"),
    "our own columns": of(f"name,images,Output Image Urls,Errors\nCup,{URL},old,old\n"),
    "our own columns alone": refused("missing_column", "Output Image Urls,Errors\nold,old\n"),
    "formula in the header": of(f"=1+1,name,images\n,Cup,{URL}\n"),
}

FILES = {
    "Excel workbook": refused("not_a_csv", WORKBOOK),
    "old Excel workbook": refused("not_a_csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "gzip": refused("not_a_csv", gzip.compress(PLAIN.encode(), mtime=0)),
    "gzip bomb": refused("not_a_csv", gzip.compress(bytes(200_000_000), 9, mtime=0)),
    "bzip2": refused("not_a_csv", b"BZh91AY&SY"),
    "7-Zip": refused("not_a_csv", b"7z\xbc\xaf\x27\x1c\0\4"),
    "PDF": refused("not_a_csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    "PNG": refused("not_a_csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    "page": refused("not_a_csv", "<!DOCTYPE html><title>Sign in</title>\n" * 3),
    "page after white space": refused("not_a_csv", "\ufeff\n\n  <html><body>\n"),
    "XML": refused("not_a_csv", "<?xml version='1.0'?><products/>"),
    "XML bomb": refused("not_a_csv", '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aa">]>'),
    "JSON": refused("missing_column", json.dumps([{"name": "Cup", "images": [URL]}])),
    "lines of JSON": refused("missing_column", f'{{"name": "Cup", "images": "{URL}"}}\n' * 3),
    "program": refused("not_a_csv", b"\x7fELF\2\1\1" + bytes(200)),
    "every byte there is": refused("not_a_csv", bytes(range(256)) * 20),
    "every byte backwards": refused("unsupported_encoding", bytes(range(255, -1, -1)) * 20),
    "text": refused("missing_column", "Dear shop,\n\nplease find our products below.\n"),
}

TABLES = ENCODINGS | QUOTES | LINES | CELLS | HEADERS | FILES
