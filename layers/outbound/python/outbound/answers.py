"""What came back: a file to read, a redirect to follow, a refusal to translate."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import requests
import urllib3
from requests.utils import requote_uri

from outbound import failures, politeness
from outbound.deadlines import extend
from pipeline.errors import ImageError, ImageErrorCode

CHUNK = 256 * 1024
"""Bytes read at once from an answer of unknown length."""

_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})

Admit = Callable[[int], None]
"""Called with the number of bytes about to be read, before the first; may block for room, which is
no time of the server's, or raise what the caller of ``fetch`` is to see."""


@dataclass(frozen=True)
class Fetched:
    """A downloaded file. ``url`` is where the last redirect led."""

    body: bytes
    url: str


@dataclass(frozen=True)
class Reply:
    """What a webhook's receiver said: a status, or why there was none.

    ``error`` is the stable code that fits, one public word; ``retry_after`` is in seconds.
    """

    milliseconds: int
    status_code: int | None = None
    error: ImageErrorCode | None = None
    retry_after: float | None = None


def redirect(response: requests.Response) -> str | None:
    """Where the answer sends us, if it does. Header text is read as Latin-1 but sent as UTF-8."""
    location = response.headers.get("Location")
    if response.status_code not in _REDIRECT_STATUSES or not location:
        return None
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    return requote_uri(location)


def read(response: requests.Response, *, limit: int, admit: Admit | None) -> Fetched:
    """Reads a successful answer's body, never holding more than ``limit`` and one chunk.

    A body of known length is read in one piece, straight into the bytes that are returned.

    Raises:
        ImageError: ``too_large``, or what another status than success stands for.
        TransientError: likewise.
    """
    if not 200 <= response.status_code < 300:
        wait = politeness.retry_after(response.headers.get("Retry-After"))
        raise failures.refusal(response.status_code, wait)
    raw: urllib3.HTTPResponse = response.raw
    encoded = "Content-Encoding" in response.headers
    length = None if encoded else raw.length_remaining
    if length is not None and length > limit:
        raise _too_large(limit)
    if admit is not None:
        asked = time.monotonic()
        admit(limit if length is None else length)
        extend(time.monotonic() - asked)
    pieces: list[bytes] = []
    size = 0
    while piece := raw.read(length or CHUNK, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > limit or raw.tell() > limit:
            raise _too_large(limit)
    body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return Fetched(body, response.url)


def _too_large(limit: int) -> ImageError:
    return ImageError(
        ImageErrorCode.TOO_LARGE, f"The file is larger than {limit / 1_000_000:g} MB."
    )
