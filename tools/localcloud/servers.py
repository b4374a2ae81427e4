"""Loopback HTTP servers that a program plays itself while it runs: sources, receivers, proxies."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from localcloud.processes import LOOPBACK


class Visit(BaseHTTPRequestHandler):
    """One connection; subclasses answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer in two pieces waits for the other side's clock

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def break_off(self, status: int) -> None:
        """Begins an answer, and closes the connection within its headers."""
        self.send_response_only(status)
        self.flush_headers()
        self.hang_up()

    def hang_up(self) -> None:
        """Closes the connection after this request."""
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing: whoever plays the server does."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may hang up; those of the fault campaign are killed."""


class LoopbackServer:
    """Serves on a free loopback port while it is entered.

    Args:
        host: by which its visitors know this machine.
    """

    def __init__(self, visit: type[Visit], *, host: str = LOOPBACK) -> None:
        self._host = host
        self._server = _Quiet((LOOPBACK, 0), visit)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._server.server_port}"

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
