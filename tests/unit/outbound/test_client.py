"""Downloads from a real server, from the well-behaved to the hostile."""

import gzip
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest

from outbound import answers, deadlines
from outbound.addresses import parse_networks
from outbound.client import LARGEST_FILE, REDIRECTS, Client
from pipeline.errors import ImageError, ImageErrorCode, TransientError
from pipeline.version import VERSION
from tests.origin import Origin, Visit

PICTURE = bytes(range(256)) * 2000


def failure(
    client: Client, url: str, *, seconds: float = 30, limit: int = LARGEST_FILE
) -> ImageError | TransientError:
    try:
        client.fetch(url, seconds=seconds, limit=limit)
    except (ImageError, TransientError) as error:
        return error
    pytest.fail("nothing was wrong with that")


def mute(visit: Visit) -> None:
    """Never answers."""
    visit.server.origin.closing.wait(30)


def test_a_file_arrives_whole(client: Client, origin: Origin) -> None:
    assert client.fetch(origin.serve("/a.jpg", PICTURE)).body == PICTURE


def test_an_empty_file_is_an_empty_body(client: Client, origin: Origin) -> None:
    assert client.fetch(origin.serve("/empty", b"")).body == b""


def test_a_chunked_body_arrives_whole(client: Client, origin: Origin) -> None:
    def chunked(visit: Visit) -> None:
        visit.send_response(200)
        visit.send_header("Transfer-Encoding", "chunked")
        visit.end_headers()
        for start in range(0, len(PICTURE), 100_000):
            piece = PICTURE[start : start + 100_000]
            visit.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        visit.wfile.write(b"0\r\n\r\n")

    assert client.fetch(origin.on("/chunked", chunked)).body == PICTURE


def test_a_body_that_ends_with_the_connection_arrives_whole(client: Client, origin: Origin) -> None:
    url = origin.on("/old", lambda visit: visit.raw(b"HTTP/1.0 200 OK\r\n\r\n", PICTURE))
    assert client.fetch(url).body == PICTURE


def test_a_compressed_body_is_decompressed(client: Client, origin: Origin) -> None:
    url = origin.serve("/gz", gzip.compress(PICTURE, mtime=0), headers={"Content-Encoding": "gzip"})
    assert client.fetch(url).body == PICTURE


def test_the_request_says_who_asks_and_for_what(client: Client, origin: Origin) -> None:
    client.fetch(origin.serve("/a.jpg", PICTURE))
    _, headers = origin.seen[0]
    assert headers["user-agent"] == f"Darkroom/{VERSION} (+https://shop.example/about)"
    assert headers["accept"].startswith("image/jpeg")
    assert headers["accept-encoding"] == "identity"
    assert "authorization" not in headers
    assert "cookie" not in headers


def test_cookies_are_neither_kept_nor_sent(client: Client, origin: Origin) -> None:
    url = origin.serve("/a.jpg", PICTURE, headers={"Set-Cookie": "who=you; Path=/"})
    client.fetch(url)
    client.fetch(url)
    assert "cookie" not in origin.seen[1][1]


def test_a_connection_is_used_again(client: Client, origin: Origin) -> None:
    for _ in range(5):
        client.fetch(origin.serve("/a.jpg", PICTURE))
    assert len(origin.connections) == 1


def test_a_connection_that_died_unused_is_replaced(client: Client, origin: Origin) -> None:
    def hang_up_after(visit: Visit) -> None:
        visit.answer(200, PICTURE)
        visit.close_connection = True

    url = origin.on("/a.jpg", hang_up_after)
    for _ in range(3):
        assert client.fetch(url).body == PICTURE


@pytest.mark.parametrize(
    ("status", "code", "transient"),
    [
        (400, "forbidden", False),
        (401, "forbidden", False),
        (403, "forbidden", False),
        (404, "not_found", False),
        (408, "timeout", True),
        (410, "not_found", False),
        (418, "forbidden", False),
        (429, "rate_limited", True),
        (451, "forbidden", False),
        (304, "unreachable", False),
        (500, "unreachable", True),
        (502, "unreachable", True),
        (503, "unreachable", True),
        (599, "unreachable", True),
    ],
)
def test_a_status_becomes_a_code(
    client: Client, origin: Origin, status: int, code: str, transient: bool
) -> None:
    error = failure(client, origin.serve("/x", status=status))
    assert error.code == code
    assert isinstance(error, TransientError) == transient
    assert str(status) in error.message


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds_is_passed_on(client: Client, origin: Origin, status: int) -> None:
    error = failure(client, origin.serve("/x", status=status, headers={"Retry-After": "17"}))
    assert isinstance(error, TransientError)
    assert error.retry_after == 17


def test_retry_after_as_a_date_is_passed_on(client: Client, origin: Origin) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    error = failure(client, origin.serve("/x", status=429, headers={"Retry-After": date}))
    assert isinstance(error, TransientError)
    assert error.retry_after == pytest.approx(90, abs=5)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(client: Client, origin: Origin, status: int) -> None:
    origin.serve("/new ä.jpg", PICTURE)
    origin.serve("/new%20%C3%A4.jpg", PICTURE)
    fetched = client.fetch(origin.redirect("/old.jpg", "new%20%C3%A4.jpg", status))
    assert fetched.body == PICTURE
    assert fetched.url.endswith("/new%20%C3%A4.jpg")


def test_as_many_redirects_as_allowed_are_followed(client: Client, origin: Origin) -> None:
    for n in range(REDIRECTS):
        origin.redirect(f"/{n}", f"/{n + 1}")
    origin.serve(f"/{REDIRECTS}", PICTURE)
    assert client.fetch(origin.url("/0")).body == PICTURE


def test_a_redirect_loop_ends(client: Client, origin: Origin) -> None:
    error = failure(client, origin.redirect("/loop", "/loop"))
    assert error.code == ImageErrorCode.UNREACHABLE
    assert isinstance(error, ImageError)
    assert len(origin.seen) == REDIRECTS + 1


def test_a_redirect_without_a_target_is_no_download(client: Client, origin: Origin) -> None:
    assert failure(client, origin.serve("/x", status=302)).code == "unreachable"


def test_a_redirect_with_an_endless_body_is_not_read(client: Client, origin: Origin) -> None:
    endless = Dripping(
        b"HTTP/1.1 302 Found\r\nLocation: /a.jpg\r\n\r\n", b"x" * 65536, pause=0.001, times=10_000
    )
    origin.serve("/a.jpg", PICTURE)
    assert client.fetch(origin.on("/x", endless)).body == PICTURE
    assert not endless.is_done


class Dripping:
    """Says a little at a time, for half a minute and more unless the client hangs up."""

    def __init__(
        self, head: bytes, drop: bytes, *, pause: float = 0.03, times: int = 1_000
    ) -> None:
        self._parts = [head, *[drop] * times]
        self._pause = pause
        self.is_done = False

    def __call__(self, visit: Visit) -> None:
        visit.raw(*self._parts, pause=self._pause)
        self.is_done = not visit.server.origin.closing.is_set()


def test_a_stream_that_drips_for_ever_ends_on_time(client: Client, origin: Origin) -> None:
    drip = Dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x")
    error = failure(client, origin.on("/drip", drip), seconds=0.6)
    assert (error.code, isinstance(error, TransientError)) == ("timeout", True)
    assert not drip.is_done


def test_headers_that_drip_for_ever_end_on_time(client: Client, origin: Origin) -> None:
    drip = Dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n")
    assert failure(client, origin.on("/drip", drip), seconds=0.6).code == "timeout"
    assert not drip.is_done


def test_redirects_share_one_deadline(client: Client, origin: Origin) -> None:
    """Each of them by itself would be in time, and all of them would be too many."""

    def slow(visit: Visit) -> None:
        time.sleep(0.3)
        visit.answer(302, headers={"Location": "/slow"})

    assert failure(client, origin.on("/slow", slow), seconds=0.7).code == "timeout"


def test_a_server_that_never_answers_times_out(client: Client, origin: Origin) -> None:
    assert failure(client, origin.on("/mute", mute), seconds=0.3).code == "timeout"


def test_an_announced_size_over_the_limit_is_refused_before_reading(
    client: Client, origin: Origin
) -> None:
    url = origin.on(
        "/big", lambda visit: visit.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50000001\r\n\r\n")
    )
    error = failure(client, url)
    assert error.code == "too_large"
    assert "50 MB" in error.message


def test_an_endless_stream_is_cut_at_the_limit(client: Client, origin: Origin) -> None:
    def endless(visit: Visit) -> None:
        visit.raw(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65536] * 4000)

    assert failure(client, origin.on("/endless", endless), limit=1_000_000).code == "too_large"


@pytest.mark.parametrize("layers", [1, 2])
def test_a_gzip_bomb_is_cut_at_the_limit(client: Client, origin: Origin, layers: int) -> None:
    bomb = bytes(200_000_000)
    for _ in range(layers):
        bomb = gzip.compress(bomb, 6, mtime=0)
    encoding = ", ".join(["gzip"] * layers)
    url = origin.serve("/bomb", bomb, headers={"Content-Encoding": encoding})
    assert failure(client, url, limit=1_000_000).code == "too_large"


def test_broken_compression_is_unreachable(client: Client, origin: Origin) -> None:
    url = origin.serve("/gz", b"not gzip at all", headers={"Content-Encoding": "gzip"})
    assert failure(client, url).code == "unreachable"


def test_a_body_shorter_than_announced_is_tried_again_later(client: Client, origin: Origin) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    error = failure(client, origin.on("/half", lambda visit: visit.raw(head, b"x" * 50_000)))
    assert (error.code, isinstance(error, TransientError)) == ("unreachable", True)
    assert "part" in error.message


def test_a_body_longer_than_announced_is_cut_and_spoils_no_later_request(
    client: Client, origin: Origin
) -> None:
    def lie(visit: Visit) -> None:
        visit.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n"
        )

    assert client.fetch(origin.on("/lie", lie)).body == b"hello"
    assert client.fetch(origin.serve("/a.jpg", PICTURE)).body == PICTURE


@pytest.mark.parametrize(
    "tail",
    [b"5\r\nhel", b"zzz\r\nhello\r\n", b"5\r\nhello\r\n"],
    ids=["half a chunk", "no length", "no last chunk"],
)
def test_a_broken_chunked_body_is_tried_again_later(
    client: Client, origin: Origin, tail: bytes
) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    error = failure(client, origin.on("/x", lambda visit: visit.raw(head, tail)))
    assert (error.code, isinstance(error, TransientError)) == ("unreachable", True)


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 abc\r\n\r\n"],
    ids=["nothing", "SSH", "no status"],
)
def test_what_is_no_http_is_unreachable(client: Client, origin: Origin, answer: bytes) -> None:
    error = failure(client, origin.on("/x", lambda visit: visit.raw(answer)))
    assert (error.code, isinstance(error, TransientError)) == ("unreachable", True)


WHOLE = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 204 OK\r\nX-A: b\r\n\r\n"


@pytest.mark.parametrize("length", range(1, len(WHOLE)))
def test_an_answer_whose_headers_are_cut_off_is_none(
    client: Client, origin: Origin, length: int
) -> None:
    url = origin.on("/cut", lambda visit: visit.raw(WHOLE[:length]))
    reply = client.post(url, body=b"{}", headers={})
    assert (reply.status_code, reply.error) == (None, "unreachable")
    error = failure(client, url)
    assert (error.code, isinstance(error, TransientError)) == ("unreachable", True)


def test_interim_answers_are_passed_over(client: Client, origin: Origin) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 9\r\n\r\n"
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" + hints
    url = origin.on("/a.jpg", lambda visit: visit.raw(interim * 3 + final))
    assert client.post(url, body=b"{}", headers={}).status_code == 200
    assert client.fetch(url).body == b"hello"


def test_interim_answers_without_end_are_soon_enough(client: Client, origin: Origin) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1_000
    url = origin.on("/a.jpg", lambda visit: visit.raw(*[hint] * 100_000))
    assert failure(client, url).code == "unreachable"


def test_no_log_line_quotes_a_url_or_what_its_server_sent(
    client: Client, origin: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    """urllib3 warns of such headers, with all of the URL."""
    bad = b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 5\r\n\r\nhello"
    url = origin.on("/a.jpg?token=SECRET", lambda visit: visit.raw(bad))
    client.fetch(url)
    client.post(url, body=b"{}", headers={})
    assert "SECRET" not in caplog.text
    assert "no colon" not in caplog.text


def test_a_refused_connection_is_tried_again_later(client: Client) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = failure(client, f"http://127.0.0.1:{unused.getsockname()[1]}/a.jpg")
    assert (error.code, isinstance(error, TransientError)) == ("unreachable", True)


def test_room_is_asked_for_before_the_body_is_read(client: Client, origin: Origin) -> None:
    asked: list[int] = []
    client.fetch(origin.serve("/a.jpg", PICTURE), admit=asked.append)
    url = origin.on("/old", lambda visit: visit.raw(b"HTTP/1.0 200 OK\r\n\r\n", PICTURE))
    client.fetch(url, admit=asked.append, limit=1_000_000)
    assert asked == [len(PICTURE), 1_000_000]


def test_a_wait_for_room_is_no_time_of_the_servers(
    client: Client, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + sum(waited))
    for module in (answers, deadlines):
        monkeypatch.setattr(module, "time", clock)
    url = origin.serve("/a.jpg", PICTURE)
    assert client.fetch(url, seconds=30, admit=lambda _: waited.append(60)).body == PICTURE


def test_whoever_has_no_room_says_so_in_its_own_words(client: Client, origin: Origin) -> None:
    def refuse(size: int) -> None:
        raise LookupError(size)

    with pytest.raises(LookupError):
        client.fetch(origin.serve("/a.jpg", PICTURE), admit=refuse)


def test_only_so_many_requests_reach_one_host_at_once(origin: Origin) -> None:
    three = threading.Barrier(3)

    def slow(visit: Visit) -> None:
        three.wait(30)
        time.sleep(0.05)
        visit.answer(200, b"x")

    url = origin.on("/slow", slow)
    client = Client(allowed=parse_networks("127.0.0.0/8"), per_host=3)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(client.fetch, [url] * 12))
    client.close()
    assert origin.peak == 3


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="empty"),
        "not a url",
        "//127.0.0.1/a.jpg",
        "http://",
        "http:///a.jpg",
        "ftp://127.0.0.1/a.jpg",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "httpx://127.0.0.1/",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "http://user:secret@127.0.0.1/a.jpg",
        "http://user@127.0.0.1/a.jpg",
        "http://[::1/a.jpg",
        "http://127.0.0.1:99999/a.jpg",
        "http://127.0.0.1:x/a.jpg",
        pytest.param("http://" + "a" * 70 + ".example/a.jpg", id="long part"),
        "http://a..b/a.jpg",
        "http://*.example/",
    ],
)
def test_what_is_no_url_of_the_web_is_invalid(client: Client, url: str) -> None:
    error = failure(client, url, seconds=2)
    assert (error.code, isinstance(error, ImageError)) == ("invalid_url", True)
    assert "secret" not in error.message


def test_a_post_reports_status_and_retry_after(client: Client, origin: Origin) -> None:
    bodies: list[bytes] = []

    def receive(visit: Visit) -> None:
        bodies.append(visit.rfile.read(int(visit.headers["Content-Length"])))
        visit.answer(503, b"busy", {"Retry-After": "30"})

    url = origin.on("/hook", receive)
    reply = client.post(url, body=b'{"a":1}', headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.retry_after, reply.error) == (503, 30, None)
    assert reply.milliseconds >= 0
    assert bodies == [b'{"a":1}']
    assert origin.seen[0][1]["content-type"] == "application/json"


def test_a_post_follows_no_redirect_and_reads_no_endless_answer(
    client: Client, origin: Origin
) -> None:
    def endless(visit: Visit) -> None:
        visit.raw(b"HTTP/1.1 307 X\r\nLocation: /b\r\n\r\n", *[b"x" * 65536] * 1000, pause=0.01)

    reply = client.post(origin.on("/a", endless), body=b"", headers={})
    assert reply.status_code == 307
    assert reply.milliseconds < 2000
    assert len(origin.seen) == 1


def test_a_post_reports_in_one_word_why_there_was_no_answer(client: Client, origin: Origin) -> None:
    silent = origin.on("/mute", mute)
    assert client.post(silent, body=b"", headers={}, seconds=0.3).error == "timeout"
    assert client.post("http://10.0.0.1/", body=b"", headers={}).error == "blocked_address"
    assert client.post("ftp://x/", body=b"", headers={}).error == "invalid_url"
    hang_up = origin.on("/x", lambda visit: visit.raw(b""))
    assert client.post(hang_up, body=b"", headers={}).error == "unreachable"


def test_a_slow_resolver_cannot_outlast_the_deadline(origin: Origin) -> None:
    released, asked = threading.Event(), list[bool]()

    def never(host: str, port: int) -> list[tuple[str, int]]:
        released.wait(30)
        asked.append(released.is_set())
        return [("127.0.0.1", port)]

    client = Client(allowed=parse_networks("127.0.0.0/8"), resolver=never)
    assert failure(client, origin.url("/", host="slow.example"), seconds=0.3).code == "timeout"
    assert asked == []
    released.set()
