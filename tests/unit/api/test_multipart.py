from contextlib import suppress

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st

from api.errors import MalformedRequest
from api.multipart import Part, parse

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
)
def test_a_form_must_name_its_boundary(content_type: str) -> None:
    with pytest.raises(MalformedRequest):
        parse(b"--x--", content_type)


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
