"""Formats told by content."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.formats import Format, sniff
from pipeline.errors import ImageError
from tests.pictures import encoded, photo


@pytest.mark.parametrize("format_", list(Format))
def test_each_format_is_told_by_its_content(format_: Format) -> None:
    assert sniff(encoded(photo(), format_)) == format_


REFUSED = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "unsupported_format"),
    "svg after a prolog": (b'\xef\xbb\xbf<?xml version="1.0"?>\n<svg/>', "unsupported_format"),
    "svg after a comment": (b"<!-- a logo --><svg/>", "unsupported_format"),
    "svg after a doctype": (b"<!DOCTYPE svg PUBLIC 'x' 'y'><svg/>", "unsupported_format"),
    "pdf": (b"%PDF-1.7 ...", "unsupported_format"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0", "unsupported_format"),
    "fits": (b"SIMPLE  =                    T", "unsupported_format"),
    "icon": (b"\0\0\1\0\1\0", "unsupported_format"),
    "jpeg 2000": (b"\0\0\0\x0cjP  \r\n\x87\n", "unsupported_format"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "unsupported_format"),
    "heif without a name": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "unsupported_format"),
    "video": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "unsupported_format"),
    "html": (b"<!DOCTYPE html><html><body>Not found</body></html>", "not_an_image"),
    "html with a drawing": (b"<!DOCTYPE html><html><svg></svg></html>", "not_an_image"),
    "xml": (b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "not_an_image"),
    "text": (b"hello", "not_an_image"),
    "json": (b'{"error": "not found"}', "not_an_image"),
    "zip": (b"PK\3\4", "not_an_image"),
    "nothing": (b"", "not_an_image"),
    "riff that is sound": (b"RIFF\0\0\0\0WAVE", "not_an_image"),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused_by_its_content(data: bytes, code: str) -> None:
    with pytest.raises(ImageError) as caught:
        sniff(data)
    assert caught.value.code == code


@given(st.binary(max_size=64))
def test_no_bytes_confuse_the_sniffer(data: bytes) -> None:
    with suppress(ImageError):
        assert sniff(data) in Format
