"""A real HTTP server on loopback that behaves as well or as badly as a test asks."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

Behaviour = Callable[["Visit"], None]


class Visit(BaseHTTPRequestHandler):
    """One connection. A behaviour answers through it as it likes."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        origin = self.server.origin
        behaviour = origin.enter(self)
        try:
            behaviour(self)
        except OSError:
            self.close_connection = True
        finally:
            origin.leave()

    do_POST = do_GET  # noqa: N815 (http.server's name)

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def raw(self, *parts: bytes, pause: float = 0.0) -> None:
        """Writes bytes as they are, then hangs up, which resets a connection with a body unread."""
        self.close_connection = True
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        for part in parts:
            self.wfile.write(part)
            self.wfile.flush()
            if pause and self.server.origin.closing.wait(pause):
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name)
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    origin: "Origin"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of most tests here."""


@dataclass
class Origin:
    """Use as a context manager; then ``url(path)`` leads to what ``on(path, …)`` has set.

    ``seen`` has the path and headers of each request, ``connections`` the clients' ports, and
    ``peak`` the most requests that were under way at once.
    """

    address: str = "127.0.0.1"
    port: int = 0
    """A free one, unless it is given."""

    routes: dict[str, Behaviour] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    peak: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._under_way = 0
        self._server = _Server((self.address, self.port), Visit)
        self._server.origin = self
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str, *, host: str | None = None) -> str:
        return f"http://{host or self.address}:{self.port}{path}"

    def on(self, path: str, behaviour: Behaviour) -> str:
        """Sets what happens at ``path``. Returns its URL."""
        self.routes[path] = behaviour
        return self.url(path)

    def serve(
        self,
        path: str,
        body: bytes = b"",
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> str:
        return self.on(path, lambda visit: visit.answer(status, body, headers))

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        return self.serve(path, status=status, headers={"Location": target})

    def enter(self, visit: Visit) -> Behaviour:
        with self._lock:
            self.seen.append((visit.path, {k.lower(): v for k, v in visit.headers.items()}))
            self.connections.add(visit.client_address[1])
            self._under_way += 1
            self.peak = max(self.peak, self._under_way)
        return self.routes.get(visit.path, lambda nobody: nobody.answer(404))

    def leave(self) -> None:
        with self._lock:
            self._under_way -= 1
