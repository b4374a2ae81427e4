import base64
import gzip
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from api.bodies import LARGEST_JSON, csv_file, submission
from api.errors import (
    ApiError,
    BodyTooLarge,
    EmptyFile,
    InvalidRequest,
    MalformedRequest,
    UnreadableText,
    UnsupportedMediaType,
)
from api.problems import details
from pipeline.options import ImageFormat, ImageOptions

CSV = b"name,image_url\r\nChair,https://shop.example/a.jpg\r\n"


def event(
    kind: str | None, body: bytes = b"", query: dict[str, str] | None = None, coding: str = ""
) -> APIGatewayProxyEventV2:
    """As API Gateway makes it: ``text/*`` and JSON bodies as text, all others in base64."""
    as_text = (kind or "").startswith(("text/", "application/json"))
    made: dict[str, Any] = {
        "headers": ({"content-type": kind} if kind else {}) | {"content-encoding": coding},
        "rawQueryString": urlencode(query or {}),
        "isBase64Encoded": bool(body) and not as_text,
    }
    if body:
        made["body"] = (
            body.decode("utf-8", "replace") if as_text else base64.b64encode(body).decode()
        )
    return APIGatewayProxyEventV2(made)


def form(**fields: str | tuple[str, bytes]) -> bytes:
    """The body of a form with boundary ``xYz``; a tuple is a file's name and content."""
    body = b""
    for name, value in fields.items():
        filename, content = value if isinstance(value, tuple) else (None, value.encode())
        disposition = f'form-data; name="{name}"'
        disposition += f'; filename="{filename}"' if filename is not None else ""
        body += f"--xYz\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"
    return body + b"--xYz--\r\n"


FORM = "multipart/form-data; boundary=xYz"

JSON_MISTAKES = {
    "long name": ({"filename": "x" * 256}, "filename"),
    "empty name": ({"filename": ""}, "filename"),
    "name with a zero byte": ({"filename": "a\u0000b"}, "filename"),
    "name with a line end": ({"filename": "a\nb"}, "filename"),
    "number as name": ({"filename": 7}, "filename"),
    "misspelt name": ({"file_name": "a.csv"}, "file_name"),
    "empty URL": ({"webhook_url": ""}, "webhook_url"),
    "FTP": ({"webhook_url": "ftp://a.example/"}, "webhook_url"),
    "scheme alone": ({"webhook_url": "https://"}, "webhook_url"),
    "URL without a scheme": ({"webhook_url": "a.example/hook"}, "webhook_url"),
    "URL of any scheme": ({"webhook_url": "//a.example/hook"}, "webhook_url"),
    "password": ({"webhook_url": "https://user:secret@a.example/"}, "webhook_url"),
    "empty user": ({"webhook_url": "https://@a.example/"}, "webhook_url"),
    "port 99999": ({"webhook_url": "https://a.example:99999/"}, "webhook_url"),
    "word as port": ({"webhook_url": "https://a.example:port/"}, "webhook_url"),
    "open bracket": ({"webhook_url": "https://[::1/"}, "webhook_url"),
    "URL with a zero byte": ({"webhook_url": "https://a.example/\u0000"}, "webhook_url"),
    "URL with a space": ({"webhook_url": "https://a.example/ b"}, "webhook_url"),
    "URL with a line end": ({"webhook_url": "https://a.example/\r\nX: y"}, "webhook_url"),
    "long URL": ({"webhook_url": "https://a.example/" + "x" * 2048}, "webhook_url"),
    "quality 0": ({"options": {"quality": 0}}, "options.quality"),
    "quality 101": ({"options": {"quality": 101}}, "options.quality"),
    "text as quality": ({"options": {"quality": "50"}}, "options.quality"),
    "fraction as quality": ({"options": {"quality": 50.5}}, "options.quality"),
    "true as quality": ({"options": {"quality": True}}, "options.quality"),
    "GIF": ({"options": {"format": "gif"}}, "options.format"),
    "no width": ({"options": {"max_width": 0}}, "options.max_width"),
    "endless height": ({"options": {"max_height": 10**30}}, "options.max_height"),
    "unknown option": ({"options": {"sharpen": 1}}, "options.sharpen"),
    "list of options": ({"options": []}, "options"),
    "list": ([], "body"),
    "text": ("text", "body"),
    "null": (None, "body"),
}


@pytest.mark.parametrize(("body", "field"), JSON_MISTAKES.values(), ids=JSON_MISTAKES)
def test_a_json_field_that_is_wrong_is_named(body: object, field: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        submission(event("application/json", json.dumps(body).encode()))
    assert [each.field for each in raised.value.errors] == [field]
    assert "secret@" not in raised.value.detail


def test_a_number_without_a_fraction_is_an_integer_however_it_is_written() -> None:
    body = b'{"options": {"quality": 60.0, "max_width": 1.6e3, "format": "webp"}}'
    asked = submission(event("application/json", body)).request.options
    assert asked == ImageOptions(quality=60, max_width=1600, format=ImageFormat.WEBP)


@pytest.mark.parametrize(
    "body",
    [b"{", b"not json", b'{"filename": "\\ud800"}', b"\xff", b"[" * 100_000, b"{'a': 1}"],
    ids=["cut short", "text", "half a surrogate pair", "not UTF-8", "deep", "single quotes"],
)
def test_a_body_that_is_no_json_cannot_be_read(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        submission(event("application/json", body))


def test_a_thousand_mistakes_make_a_short_answer() -> None:
    body = json.dumps({f"{'x' * 200}{n}": 1 for n in range(1000)}).encode()
    with pytest.raises(InvalidRequest) as raised:
        submission(event("application/json", body))
    assert len(details(raised.value).errors or ()) == 20
    assert len(raised.value.detail) < 300


def test_a_json_body_that_says_more_than_there_is_to_say_is_not_read() -> None:
    with pytest.raises(BodyTooLarge, match="1 MB"):
        submission(event("application/json", b"{}" + b" " * LARGEST_JSON))


def test_a_thousand_parameters_beside_json_make_a_short_answer() -> None:
    query = {f"{n}{'x' * 1000}": "" for n in range(1000)}
    with pytest.raises(InvalidRequest) as raised:
        submission(event("application/json", b"{}", query))
    told = details(raised.value).errors or []
    assert len(told) == 20
    assert max(len(each.field) for each in told) == 100


@pytest.mark.parametrize(
    ("kind", "body"),
    [(None, b""), ("application/json", b"{}")],
    ids=["no body", "empty object"],
)
def test_everything_about_a_job_is_optional(kind: str | None, body: bytes) -> None:
    asked = submission(event(kind, body))
    assert asked.content is None
    assert asked.request.options == ImageOptions()


def test_options_stand_in_the_query_beside_a_csv() -> None:
    url = "https://shop.example/hook?a=1,2&b=%20"
    query = {"filename": "stühle.csv", "webhook_url": url, "quality": "7", "format": "png"}
    asked = submission(event("Text/CSV; charset=utf-8", CSV, query))
    assert asked.content == CSV
    assert (asked.request.filename, asked.request.webhook_url) == ("stühle.csv", url)
    assert asked.request.options == ImageOptions(quality=7, format=ImageFormat.PNG)


def test_a_byte_order_mark_survives() -> None:
    content = b"\xef\xbb\xbf" + CSV
    assert submission(event("text/csv", content)).content == content


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"quality": "high"}, "quality"),
        ({"quality": "1000"}, "quality"),
        ({"quality": ""}, "quality"),
        ({"filename": ""}, "filename"),
        ({"qualtiy": "50"}, "qualtiy"),
        ({"filename": "a\x00b"}, "filename"),
        ({"webhook_url": "javascript:alert(1)"}, "webhook_url"),
    ],
    ids=[
        "word as quality",
        "quality 1000",
        "empty quality",
        "empty name",
        "misspelt option",
        "name with a zero byte",
        "script as webhook",
    ],
)
def test_an_option_in_the_query_that_is_wrong_is_named(query: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        submission(event("text/csv", CSV, query))
    assert [each.field for each in raised.value.errors] == [field]


def test_what_is_wrong_in_the_query_is_wrong_though_a_form_says_it_right() -> None:
    body = form(file=("a.csv", CSV), quality="60")
    with pytest.raises(InvalidRequest) as refused:
        submission(event(FORM, body, {"quality": "0"}))
    assert [each.field for each in refused.value.errors] == ["quality"]


def test_a_json_body_takes_no_options_from_the_query() -> None:
    with pytest.raises(InvalidRequest):
        submission(event("application/json", b"{}", {"quality": "5"}))
    with pytest.raises(InvalidRequest):
        submission(event("application/json", b"{}", {"quality": ""}))


def test_a_forms_fields_override_the_query_and_the_files_own_name() -> None:
    body = form(file=("C:\\data\\x.csv", CSV), filename="mine.csv", quality="33", max_width="")
    asked = submission(event(FORM, body, {"quality": "22", "max_height": "9"}))
    assert asked.content == CSV
    assert asked.request.filename == "mine.csv"
    assert asked.request.options == ImageOptions(quality=33, max_height=9)


def test_a_path_before_a_files_name_is_dropped() -> None:
    for path in ("C:\\fakepath\\x.csv", "/home/me/x.csv", "x.csv"):
        assert submission(event(FORM, form(file=(path, CSV)))).request.filename == "x.csv"


REFUSED: dict[str, tuple[str, bytes, type[ApiError]]] = {
    "empty CSV": ("text/csv", b"", EmptyFile),
    "UTF-16": ("text/csv", CSV.decode().encode("utf-16"), UnreadableText),
    "Latin-1": ("text/csv", "name\r\nStühle".encode("latin-1"), UnreadableText),
    "a byte too many": ("text/csv", b"x" * (4 * 1024 * 1024 + 1), BodyTooLarge),
    "twice too large": ("text/csv", b"x" * (9 * 1024 * 1024), BodyTooLarge),
    "plain text": ("text/plain", CSV, UnsupportedMediaType),
    "encoded form": ("application/x-www-form-urlencoded", b"quality=5", UnsupportedMediaType),
    "half a media type": ("csv", CSV, UnsupportedMediaType),
    "no form": (FORM, b"", MalformedRequest),
    "empty form": (FORM, form(), MalformedRequest),
    "form without a file": (FORM, form(quality="5"), InvalidRequest),
    "form with an empty file": (FORM, form(file=("a.csv", b"")), EmptyFile),
    "form with an unknown field": (FORM, form(file=("a.csv", CSV), colour="red"), InvalidRequest),
    "form with a bad name": (FORM, form(file=("a.csv", CSV), filename="a\x00"), InvalidRequest),
    "form with two files": (
        FORM,
        form(file=("a.csv", CSV)) + form(file=("b.csv", CSV)),
        InvalidRequest,
    ),
    "form a byte too large": (
        FORM,
        form(file=("a.csv", b"x" * (4 * 1024 * 1024 + 1))),
        BodyTooLarge,
    ),
}


@pytest.mark.parametrize(("kind", "body", "error"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_csv_is_refused(kind: str, body: bytes, error: type[ApiError]) -> None:
    if body.count(b"--xYz--") == 2:  # two files in one form
        body = body.replace(b"--xYz--\r\n", b"", 1)
    with pytest.raises(error):
        submission(event(kind, body))


@pytest.mark.parametrize("coding", ["gzip", "identity, GZIP", "deflate", "br"])
@pytest.mark.parametrize("kind", ["text/csv", "application/json", FORM])
def test_a_compressed_body_is_refused_before_it_is_looked_at(kind: str, coding: str) -> None:
    for read in (submission, csv_file):
        with pytest.raises(UnsupportedMediaType, match="Compressed bodies are not taken"):
            read(event(kind, gzip.compress(bytes(1_000_000), mtime=0), coding=coding))


def test_a_csv_of_exactly_the_limit_is_taken() -> None:
    content = b"x" * (4 * 1024 * 1024)
    assert submission(event("text/csv", content)).content == content
    assert submission(event(FORM, form(file=("a.csv", content)))).content == content
