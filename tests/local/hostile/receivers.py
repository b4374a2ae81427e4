"""Receivers of webhooks that answer in ways that none should: what is written down of the first
try, and where the delivery stands after it."""

import gzip
from dataclasses import dataclass

from tests.local.hostile.transports import OK, TOO_MUCH, answers, endless, hangs, says
from tests.origin import Behaviour

DAY = 24 * 3600
PAUSE = 5
"""Seconds to the second try."""

DELIVERED, FAILED, PENDING = "delivered", "failed", "pending"


@dataclass(frozen=True)
class Receiver:
    """``wait`` is the least number of seconds until the next try, of one that is pending."""

    behaviour: Behaviour
    status: str
    status_code: int | None = None
    error: str | None = None
    wait: float = PAUSE


def broken(*parts: bytes) -> Receiver:
    return Receiver(says(*parts), PENDING, error="unreachable")


def refusing(status_code: int, wait: float = PAUSE, **headers: str) -> Receiver:
    return Receiver(answers(status_code, b"", **headers), PENDING, status_code, wait=wait)


def taking(behaviour: Behaviour, status_code: int = 200) -> Receiver:
    return Receiver(behaviour, DELIVERED, status_code)


RECEIVERS: dict[str, Receiver] = {
    "200": taking(answers(200)),
    "204": taking(answers(204), 204),
    "299": taking(answers(299), 299),
    "301": refusing(301, Location="/taken"),
    "302": refusing(302, Location="http://169.254.169.254/latest/meta-data/"),
    "303": refusing(303, Location="/taken"),
    "307": refusing(307, Location="http://127.0.0.2/"),
    "308": refusing(308, Location="file:///etc/passwd"),
    "304": refusing(304),
    "400": refusing(400),
    "401": refusing(401, WWW_Authenticate="Basic"),
    "404": refusing(404),
    "410": Receiver(answers(410), FAILED, 410),
    "410 and a wait": Receiver(answers(410, Retry_After="60"), FAILED, 410),
    "429": refusing(429),
    "429 and an hour": refusing(429, 3600, Retry_After="3600"),
    "429 and a century": refusing(429, DAY, Retry_After="3155760000"),
    "429 and a thousand digits": refusing(429, DAY, Retry_After="9" * 1_000),
    "429 and a date far away": refusing(429, DAY, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT"),
    "429 and a date long ago": refusing(429, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"),
    "429 and a date that is none": refusing(429, Retry_After="Fri, 99 Foo 99999 99:99:99 GMT"),
    "429 and less than nothing": refusing(429, Retry_After="-3600"),
    "429 and no number": refusing(429, Retry_After="NaN"),
    "429 and other digits": refusing(429, Retry_After="1e9"),
    "500": refusing(500),
    "503 and an hour": refusing(503, 3600, Retry_After="3600"),
    "599": refusing(599),
    "600": refusing(600),
    "999": refusing(999),
    "hints before the answer": taking(
        says(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + OK + b"Content-Length: 0\r\n\r\n")
    ),
    "endless body": taking(endless(OK + b"\r\n", bytes(1_000_000))),
    "endless chunks": taking(
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 100_000)
    ),
    "gzip bomb": taking(
        answers(200, gzip.compress(bytes(TOO_MUCH), mtime=0), Content_Encoding="gzip")
    ),
    "half a body": taking(says(OK + b"Content-Length: 1000\r\n\r\nhalf")),
    "length shorter than the body": taking(says(OK + b"Content-Length: 2\r\n\r\nmore than two")),
    "length of nothing and a body": taking(says(OK + b"Content-Length: 0\r\n\r\nsomething")),
    "length that is negative": taking(says(OK + b"Content-Length: -1\r\n\r\nless")),
    "length that is a word": taking(says(OK + b"Content-Length: many\r\n\r\nsome")),
    "length of a trillion": taking(says(OK + b"Content-Length: 999999999999\r\n\r\nsome")),
    "length of 5,000 digits": taking(
        says(OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\nsome")
    ),
    "length and chunks": taking(
        says(OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n0\r\n\r\n")
    ),
    "chunk of a size that is negative": taking(
        says(OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n")
    ),
    "silence after the headers": taking(hangs(OK + b"Content-Length: 9\r\n\r\n")),
    "switched protocols": refusing(101),
    "nothing": broken(),
    "half a status line": broken(b"HTTP/1."),
    "half a header": broken(OK + b"Content-Le"),
    "no HTTP": broken(b"220 mail.invalid ESMTP\r\n"),
    "status that is no number": broken(b"HTTP/1.1 OK\r\n\r\n"),
    "status of four digits": broken(b"HTTP/1.1 2000 OK\r\n\r\n"),
    "status line without end": broken(b"HTTP/1.1 200 " + b"K" * 100_000),
    "header without end": broken(OK + b"X: " + b"y" * 100_000),
    "a thousand headers": broken(OK + b"X: y\r\n" * 1_000 + b"\r\n"),
    "two lengths": broken(OK + b"Content-Length: 4\r\nContent-Length: 2\r\n\r\nsome"),
    "two lengths in one": broken(OK + b"Content-Length: 4, 2\r\n\r\nsome"),
    "the same length twice": taking(
        says(OK + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nsome")
    ),
    "silence": Receiver(hangs(), PENDING, error="timeout"),
    "a byte a second": Receiver(
        says(*[bytes([byte]) for byte in OK * 3], pause=1), PENDING, error="timeout"
    ),
    "interim answers without end": Receiver(
        says(*[b"HTTP/1.1 102 Processing\r\n\r\n"] * 60, pause=0.5), PENDING, error="timeout"
    ),
}
