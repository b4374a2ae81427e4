from contextlib import suppress
from urllib.parse import quote

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st

from api.errors import MalformedRequest
from api.multipart import LONGEST_HEADERS, Part, parse

TYPE = "multipart/form-data; boundary=xYz"

CLIENTS = {
    "quoted, as browsers and curl send it": (
        TYPE,
        (
            b'--xYz\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
            b"Content-Type: text/csv\r\n\r\n1,2\r\n--xYz--\r\n"
        ),
    ),
    "unquoted, as .NET sends it": (
        'multipart/form-data; boundary="xYz"',
        (
            b"--xYz\r\nContent-Type: text/csv\r\nContent-Disposition: form-data; name=file; "
            b"filename=a.csv; filename*=utf-8''a.csv\r\n\r\n1,2\r\n--xYz--\r\n"
        ),
    ),
    "the filename before the name": (
        TYPE,
        (
            b'--xYz\r\ncontent-disposition: form-data; filename="a.csv"; name="file"\r\n'
            b"\r\n1,2\r\n--xYz--"
        ),
    ),
    "a preamble, padding and an epilogue": (
        "Multipart/Form-Data; Boundary=xYz; charset=utf-8",
        (
            b"ignored\r\n--xYz \t\r\nContent-Disposition: form-data; name=file; "
            b"filename=a.csv\r\n\r\n1,2\r\n--xYz-- \r\nignored"
        ),
    ),
}


@pytest.mark.parametrize(("content_type", "body"), CLIENTS.values(), ids=CLIENTS.keys())
def test_forms_of_many_clients_are_read(content_type: str, body: bytes) -> None:
    assert parse(body, content_type) == [Part("file", "a.csv", b"1,2")]


def test_names_in_utf_8_latin_1_and_rfc_2231_are_read() -> None:
    for disposition in (
        'form-data; name="file"; filename="stühle.csv"'.encode(),
        'form-data; name="file"; filename="stühle.csv"'.encode("latin-1"),
        b"form-data; name=\"file\"; filename*=UTF-8''st%C3%BChle.csv",
    ):
        body = b"--xYz\r\nContent-Disposition: " + disposition + b"\r\n\r\n\r\n--xYz--"
        assert parse(body, TYPE) == [Part("file", "stühle.csv", b"")]


BROKEN = {
    "nothing": b"",
    "no boundary": b"name,url\r\n",
    "no end": b'--xYz\r\nContent-Disposition: form-data; name="a"\r\n\r\nb',
    "no parts": b"--xYz--\r\n",
    "no headers": b"--xYz\r\nb\r\n--xYz--",
    "no disposition": b"--xYz\r\nContent-Type: text/csv\r\n\r\nb\r\n--xYz--",
    "no name": b"--xYz\r\nContent-Disposition: form-data\r\n\r\nb\r\n--xYz--",
    "not a form's part": b"--xYz\r\nContent-Disposition: attachment; name=a\r\n\r\nb\r\n--xYz--",
    "a boundary twice": b"--xYz\r\n--xYz\r\n--xYz--",
    "very many parts": b"--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 100
    + b"--xYz--",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_whole_form_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse(body, TYPE)


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", f"a/b; boundary={'x' * 71}"],
    ids=["no boundary", "empty boundary", "long boundary"],
)
def test_a_form_must_name_its_boundary(content_type: str) -> None:
    with pytest.raises(MalformedRequest):
        parse(b"--x--", content_type)


UNREADABLE = {
    "whole and in pieces": "{0}*=x; {0}*0=y",
    "a codec without characters": "{0}*=undefined''x",
    "a codec that they do not fit": "{0}*=idna''xn--a-%80",
    "a codec with NUL in its name": "{0}*=a%00''x",
}
"""Parameters for which the standard library has no error, or one of another kind."""


@pytest.mark.parametrize("parameters", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_parameters_that_make_no_sense_are_refused(parameters: str) -> None:
    with pytest.raises(MalformedRequest, match=r"Content-Disposition .* parameters"):
        parse(form(f"form-data; name=file; {parameters.format('filename')}"), TYPE)
    with pytest.raises(MalformedRequest, match=r"Content-Type .* parameters"):
        parse(b"--x--", f"multipart/form-data; {parameters.format('boundary')}")


LONG = {
    "delimiters in a quote left open": 'a="' + ";" * 4_000_000,
    "delimiters between quotes": 'a="' + '\\";' * 1_000_000,
    "a piece whose number has 5,000 digits": f"a*{'9' * 5_000}=b",
}
"""The first two take the square of their length to read, which is hours."""


@pytest.mark.parametrize("parameters", LONG.values(), ids=LONG.keys())
def test_headers_much_longer_than_any_that_make_sense_are_not_read(parameters: str) -> None:
    with pytest.raises(MalformedRequest, match=r"4,096 bytes of headers\.$"):
        parse(form(f"form-data; name=file; {parameters}"), TYPE)
    with pytest.raises(MalformedRequest, match=r"Content-Type .* 4,096 characters\.$"):
        parse(b"--x--", f"multipart/form-data; boundary=x; {parameters}")


def test_the_longest_filename_may_be_spelled_in_both_ways() -> None:
    name = "椅" * 251 + ".csv"
    disposition = f"form-data; name=file; filename=\"{name}\"; filename*=UTF-8''{quote(name)}"
    assert parse(form(disposition), TYPE) == [Part("file", name, b"")]


def test_headers_of_just_the_limit_are_read() -> None:
    disposition = "form-data; name=file; a="
    room = LONGEST_HEADERS - len("\r\nContent-Disposition: " + disposition)
    assert parse(form(disposition + "b" * room), TYPE) == [Part("file", None, b"")]
    with pytest.raises(MalformedRequest):
        parse(form(disposition + "b" * (room + 1)), TYPE)


def form(disposition: str) -> bytes:
    """The body of a form with one part, which is empty."""
    return f"--xYz\r\nContent-Disposition: {disposition}\r\n\r\n\r\n--xYz--".encode()


@given(
    content=st.binary(),
    fields=st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text(), max_size=5),
)
@example(content=b"\r\n--xYz\r\n--xYz--\r\n", fields={})
@example(content=b"\r\n\r\n", fields={"a": "\r\n"})
def test_what_requests_sends_is_what_is_read(content: bytes, fields: dict[str, str]) -> None:
    sent = requests.Request(
        "POST", "http://a.example/", data=fields, files={"file": ("a.csv", content)}
    ).prepare()
    assert isinstance(sent.body, bytes)
    assert parse(sent.body, sent.headers["Content-Type"]) == [
        *(
            Part(name, None, value.encode("utf-8", "surrogatepass"))
            for name, value in fields.items()
        ),
        Part("file", "a.csv", content),
    ]


@given(body=st.binary(), content_type=st.text())
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str) -> None:
    for kind in (content_type, TYPE):
        with suppress(MalformedRequest):
            parse(b"--xYz\r\n" + body + b"\r\n--xYz--", kind)
