"""Forms by RFC 7578 (multipart/form-data), from a body that is whole in memory.

Powertools' own parser takes only quoted parameters with ``name`` first, and accepts a body that was
cut short; some clients (.NET's among them) send unquoted ones.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message

from api.errors import MalformedRequest

MOST_PARTS = 50
"""More than a form of ours has; a body of many tiny parts costs time and says nothing."""

LONGEST_HEADERS = 4096
"""Bytes of a part's headers, and of the request's own Content-Type: reading their parameters takes
the square of this. The longest filename, spelled as UTF-8 and by RFC 2231, needs some 3,000."""


@dataclass(frozen=True)
class Part:
    """One field of a form; ``filename`` is None unless the part is a file."""

    name: str
    filename: str | None
    content: bytes


def parse(body: bytes, content_type: str) -> list[Part]:
    """The parts in order.

    Args:
        content_type: the request's header, which names the boundary.

    Raises:
        MalformedRequest: not a form, or not a whole one.
    """
    parts = [_part(raw) for raw in _split(body, _boundary(content_type))]
    if not parts:
        raise MalformedRequest("The form has no parts.")
    return parts


def _boundary(content_type: str) -> bytes:
    if len(content_type) > LONGEST_HEADERS:
        raise MalformedRequest(
            f"The Content-Type of the form has more than {LONGEST_HEADERS:,} characters."
        )
    with _parameters_of("The Content-Type of the form"):
        boundary = _header("content-type", content_type).get_boundary()
    if not boundary or len(boundary) > 70 or not boundary.isascii():  # RFC 2046, section 5.1.1
        raise MalformedRequest("The Content-Type of a form must name its boundary.")
    return boundary.encode("ascii")


def _split(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the boundaries, each of which is a line of its own."""
    delimiter = re.compile(rb"\r\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    lines = b"\r\n" + body
    start = None
    for count, found in enumerate(delimiter.finditer(lines)):
        if start is not None:
            yield lines[start : found.start()]
        if found[1]:
            return
        if count == MOST_PARTS:
            raise MalformedRequest(f"The form has more than {MOST_PARTS} parts.")
        start = found.end() + len(b"\r\n")
    raise MalformedRequest("The form ends before its last boundary.")


def _part(raw: bytes) -> Part:
    head, blank, content = (b"\r\n" + raw).partition(b"\r\n\r\n")
    if not blank:
        raise MalformedRequest("A part of the form has no headers.")
    if len(head) > LONGEST_HEADERS:
        raise MalformedRequest(
            f"A part of the form has more than {LONGEST_HEADERS:,} bytes of headers."
        )
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-disposition":
            return _named(_text(value).strip(), content)
    raise MalformedRequest("A part of the form has no Content-Disposition.")


def _named(disposition: str, content: bytes) -> Part:
    header = _header("content-disposition", disposition)
    with _parameters_of("A Content-Disposition in the form"):
        name = header.get_param("name", header="content-disposition")
        filename = header.get_filename()
    if header.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise MalformedRequest("A part of the form has no name.")
    return Part(name=name, filename=filename, content=content)


@contextmanager
def _parameters_of(header: str) -> Iterator[None]:
    """Around the standard library's reading of parameters, which has no error of its own for those
    that make no sense: numbers of pieces that are none, codecs that cannot be used."""
    try:
        yield
    except (TypeError, ValueError, LookupError):
        raise MalformedRequest(f"{header} has parameters that cannot be read.") from None


def _header(name: str, value: str) -> Message:
    """The standard library's reading of a header's parameters: quoted, escaped, RFC 2231."""
    message = Message()
    message[name] = value
    return message


def _text(raw: bytes) -> str:
    """Header text. RFC 7578, section 5.1: most senders use UTF-8 as it is."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
