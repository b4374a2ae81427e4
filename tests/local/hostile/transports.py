"""Servers that answer a request for a picture in ways that no server should, and what then becomes
of the image: a code, or nothing where the picture arrives all the same."""

import gzip
import zlib
from collections.abc import Callable

from tests.origin import Behaviour, Visit
from tests.pictures import encoded, photo

PICTURE = encoded(photo(), "JPEG")
PAGE = b"<!doctype html><title>Not found</title>"
TOO_MUCH = 51_000_000
"""Bytes; an image may have 50 MB."""

BLOCK = bytes(1_000_000)

OK = b"HTTP/1.1 200 OK\r\n"
CLOSE = b"Connection: close\r\n"


def answers(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda visit: visit.answer(status, body, named)


def says(*parts: bytes, pause: float = 0.0) -> Behaviour:
    """Exactly these bytes, and then the connection is closed."""
    return lambda visit: visit.raw(*parts, pause=pause)


def hangs(*before: bytes) -> Behaviour:
    def behave(visit: Visit) -> None:
        visit.raw(*before)
        visit.server.origin.closing.wait(60)

    return behave


def endless(head: bytes, block: bytes) -> Behaviour:
    """The block again and again, until there is more than an image may have."""
    return says(head, *[block] * (2 * TOO_MUCH // len(block)))


def packed(levels: int) -> bytes:
    body = bytes(TOO_MUCH)
    for _ in range(levels):
        body = gzip.compress(body, mtime=0)
    return body


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


def with_length(length: str) -> Callable[[bytes], Behaviour]:
    head = OK + CLOSE + f"Content-Length: {length}\r\n\r\n".encode()
    return lambda body: says(head, body)


CHUNKED = OK + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n"

FINAL: dict[str, tuple[Behaviour, str | None]] = {
    "200 and nothing": (answers(200), "not_an_image"),
    "201 and a picture": (answers(201, PICTURE), None),
    "204": (answers(204), "not_an_image"),
    "206 and half a picture": (answers(206, PICTURE[: len(PICTURE) // 2]), "corrupt_image"),
    "300 and nowhere": (answers(300), "unreachable"),
    "302 and nowhere": (answers(302), "unreachable"),
    "304": (answers(304), "unreachable"),
    "400": (answers(400), "forbidden"),
    "401": (answers(401, WWW_Authenticate="Basic"), "forbidden"),
    "402": (answers(402), "forbidden"),
    "403": (answers(403), "forbidden"),
    "404": (answers(404), "not_found"),
    "404 and a picture": (answers(404, PICTURE), "not_found"),
    "405": (answers(405), "forbidden"),
    "407": (answers(407, Proxy_Authenticate="Basic"), "forbidden"),
    "410": (answers(410), "not_found"),
    "416": (answers(416), "forbidden"),
    "418": (answers(418), "forbidden"),
    "451": (answers(451), "forbidden"),
    "499": (answers(499), "forbidden"),
    "picture called a page": (answers(200, PICTURE, Content_Type="text/html"), None),
    "picture called a drawing": (answers(200, PICTURE, Content_Type="image/svg+xml"), None),
    "picture called nothing": (answers(200, PICTURE, Content_Type=""), None),
    "page called a picture": (answers(200, PAGE, Content_Type="image/jpeg"), "not_an_image"),
    "picture as a download": (
        answers(200, PICTURE, Content_Disposition="attachment; filename=../../etc/passwd"),
        None,
    ),
    "length too short": (with_length(str(len(PICTURE) // 2))(PICTURE), "corrupt_image"),
    "length of nothing": (with_length("0")(PICTURE), "not_an_image"),
    "length of 51 MB": (with_length(str(TOO_MUCH))(PICTURE), "too_large"),
    "length of a trillion": (with_length("9" * 12)(PICTURE), "too_large"),
    "length of a thousand digits": (with_length("9" * 1_000)(PICTURE), "too_large"),
    "length that is negative": (with_length("-1")(PICTURE), None),
    "length that is a word": (with_length("many")(PICTURE), None),
    "no length": (says(OK + CLOSE + b"\r\n", PICTURE), None),
    "no length and 51 MB": (endless(OK + CLOSE + b"\r\n", BLOCK), "too_large"),
    "chunks": (says(CHUNKED, chunked(PICTURE[:99], PICTURE[99:], b"")), None),
    "chunks without end": (endless(CHUNKED, chunked(BLOCK)), "too_large"),
    "one byte a chunk": (says(CHUNKED, chunked(*(bytes([n]) for n in PICTURE), b"")), None),
    "gzip": (answers(200, gzip.compress(PICTURE, mtime=0), Content_Encoding="gzip"), None),
    "deflate": (answers(200, zlib.compress(PICTURE), Content_Encoding="deflate"), None),
    "gzip bomb": (answers(200, packed(1), Content_Encoding="gzip"), "too_large"),
    "gzip bomb in gzip": (answers(200, packed(2), Content_Encoding="gzip, gzip"), "too_large"),
    "deflate bomb": (
        answers(200, zlib.compress(bytes(TOO_MUCH)), Content_Encoding="deflate"),
        "too_large",
    ),
    "gzip bomb that does not say so": (answers(200, packed(1)), "not_an_image"),
    "an unknown coding": (answers(200, b"\x8b" + PICTURE, Content_Encoding="zoo"), "not_an_image"),
    "coding named for a plain picture": (answers(200, PICTURE, Content_Encoding="zoo"), None),
    "hints before the answer": (
        says(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + OK + CLOSE + b"\r\n", PICTURE),
        None,
    ),
    "a hundred times 100": (
        says(b"HTTP/1.1 100 Continue\r\n\r\n" * 100 + OK + CLOSE + b"\r\n", PICTURE),
        None,
    ),
    "ninety headers": (
        says(OK + CLOSE + b"".join(b"X-%d: y\r\n" % n for n in range(90)) + b"\r\n", PICTURE),
        None,
    ),
    "folded header": (says(OK + CLOSE + b"X: a\r\n  b\r\n\r\n", PICTURE), None),
    "header that is no header": (says(OK + CLOSE + b"no colon\r\n\r\n", PICTURE), None),
    "line feeds only": (says(b"HTTP/1.1 200 OK\nConnection: close\n\n", PICTURE), None),
    "HTTP/1.0": (says(b"HTTP/1.0 200 OK\r\n\r\n", PICTURE), None),
    "no reason phrase": (says(b"HTTP/1.1 200\r\n" + CLOSE + b"\r\n", PICTURE), None),
}
"""Tried once; there is nothing to wait for."""

LASTING: dict[str, tuple[Behaviour, str]] = {
    "408": (answers(408), "timeout"),
    "425": (answers(425), "unreachable"),
    "429": (answers(429), "rate_limited"),
    "429 and a wait that makes no sense": (answers(429, Retry_After="soon"), "rate_limited"),
    "429 and a wait in the past": (
        answers(429, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"),
        "rate_limited",
    ),
    "500": (answers(500), "unreachable"),
    "500 and a picture": (answers(500, PICTURE), "unreachable"),
    "502": (answers(502), "unreachable"),
    "503": (answers(503), "unreachable"),
    "504": (answers(504), "unreachable"),
    "599": (answers(599), "unreachable"),
    "length too long": (with_length(str(len(PICTURE) + 1))(PICTURE), "unreachable"),
    "chunks that stop": (says(CHUNKED, chunked(PICTURE)), "unreachable"),
    "chunk of a size that is no number": (says(CHUNKED, b"zz\r\n", PICTURE), "unreachable"),
    "broken gzip": (answers(200, b"\x1f\x8b" + PICTURE, Content_Encoding="gzip"), "unreachable"),
    "two lengths": (
        says(OK + CLOSE + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", PICTURE),
        "unreachable",
    ),
    "nothing at all": (says(), "unreachable"),
    "half a status line": (says(b"HTTP/1."), "unreachable"),
    "no HTTP": (says(b"SSH-2.0-OpenSSH_9.9\r\n"), "unreachable"),
    "picture without a status line": (says(PICTURE), "unreachable"),
    "status that is no number": (says(b"HTTP/1.1 OK\r\n\r\n"), "unreachable"),
    "status of four digits": (says(b"HTTP/1.1 2000 OK\r\n\r\n"), "unreachable"),
    "status line without end": (says(b"HTTP/1.1 200 " + b"K" * 100_000), "unreachable"),
    "header without end": (says(OK + b"X: " + b"y" * 100_000), "unreachable"),
    "a thousand headers": (says(OK + b"X: y\r\n" * 1_000 + b"\r\n", PICTURE), "unreachable"),
}
"""Tried again for two minutes, in which it does not get better."""

PASSING: dict[str, Behaviour] = {
    "429": answers(429, Retry_After="1"),
    "503": answers(503, Retry_After="1"),
    "a broken connection": says(OK + b"Content-Length: 9\r\n\r\n1234"),
}
"""What is tried again, and then is a picture."""

SILENT: dict[str, Behaviour] = {
    "silence": hangs(),
    "silence after the headers": hangs(OK + b"Content-Length: 9\r\n\r\n"),
}
"""The same, after the 30 seconds that a download may take."""
