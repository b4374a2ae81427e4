"""The shop's picture server: good pictures, and everything that goes wrong with such servers."""

import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

SIZE_CHART = b"size;length in cm\n36;23.0\n37;23.7\n38;24.3\n39;25.0\n"
Answer = tuple[HTTPStatus, dict[str, str], bytes]

PAUSE = 1.5
"""Seconds that the slow one takes."""


class Origin:
    """Serves pictures on a free loopback port while it is entered."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self._pictures = pictures
        self._oddities = _oddities(pictures)
        self._busy = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, name: str) -> Answer:
        """Status, headers and body for one file name."""
        if name == "slow.jpg":
            time.sleep(PAUSE)
        if name == "busy.jpg" and not self._busy.is_set():  # the first time only
            self._busy.set()
            return HTTPStatus.INTERNAL_SERVER_ERROR, {}, b""
        if name in self._oddities:
            return self._oddities[name]
        if name not in self._pictures:
            return HTTPStatus.NOT_FOUND, {}, b""
        kind = "image/png" if name.endswith(".png") else "image/jpeg"
        return HTTPStatus.OK, {"content-type": kind}, self._pictures[name]

    def _handler(origin) -> type[BaseHTTPRequestHandler]:  # noqa: N805 (the handler has its self)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, headers, body = origin.answer(self.path.lstrip("/"))
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing: the demo tells the story."""

        return Handler


def _oddities(pictures: Mapping[str, bytes]) -> dict[str, Answer]:
    jpeg = {"content-type": "image/jpeg"}
    box = pictures["carton-sky.jpg"]
    return {
        "size-chart.jpg": (HTTPStatus.OK, jpeg, SIZE_CHART),  # text that says it is a picture
        "torn.jpg": (HTTPStatus.OK, jpeg, box[: len(box) // 3]),
        "secret.jpg": (HTTPStatus.FORBIDDEN, {}, b""),
        "moved.jpg": (HTTPStatus.FOUND, {"location": "/carton-brick.jpg"}, b""),
        "slow.jpg": (HTTPStatus.OK, jpeg, pictures["shoe-sky.jpg"]),
        "busy.jpg": (HTTPStatus.OK, jpeg, pictures["mug-sky.jpg"]),
    }
