"""Requests' transport with our own way to open connections: names are looked up, judged and dialled
in one step. A pooled connection stays with the address that was judged when it was opened."""

import http.client
import logging
import socket
import ssl
from typing import BinaryIO

import certifi
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from outbound.addresses import Guard
from outbound.sockets import PunctualTlsSocket, Resolver, dial

# Its warnings quote whole URLs, whose queries are secrets, and headers as a stranger sent them.
logging.getLogger("urllib3").setLevel(logging.ERROR)

HOSTS_KEPT = 32
"""Hosts whose connections are kept open for the next image."""


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """What a server must prove: a certificate for its name by a public authority.

    Args:
        ca_file: authorities to trust instead of the public ones.
    """
    context = create_urllib3_context()
    context.load_verify_locations(ca_file or certifi.where())
    context.sslsocket_class = PunctualTlsSocket
    return context


class GuardedAdapter(HTTPAdapter):
    """Sends requests over guarded connections only; knows no proxies.

    Args:
        connections: connections kept per host.
    """

    def __init__(
        self, *, guard: Guard, resolver: Resolver, tls: ssl.SSLContext, connections: int
    ) -> None:
        self._tls = tls
        super().__init__(pool_connections=HOSTS_KEPT, pool_maxsize=connections)
        self.poolmanager.pool_classes_by_scheme = _pools(guard, resolver)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: object
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._tls, **pool_kwargs)

    def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
        """The one TLS context verifies already; the base would load its authorities again for each
        connection, at 20 ms of CPU."""


MOST_LINES = 1_000
"""Of an answer's head and of all interim answers before it."""


class FinalResponse(http.client.HTTPResponse):
    """The answer behind any interim ones, such as hints of what to load (RFC 9110, section 15.2),
    with all its headers. http.client itself passes over 100 alone, and takes the headers for whole
    that a broken connection cut off."""

    def begin(self) -> None:
        """
        Raises:
            http.client.IncompleteRead: the connection ended within status line or headers.
        """
        rest, self.fp = self.fp, _Head(self.fp)  # type: ignore[assignment] # all it is asked for
        try:
            super().begin()
            while 102 <= self.status <= 199:
                self.headers = None  # type: ignore[assignment] # what makes it read the next
                super().begin()
        finally:
            if self.fp is not None:  # it closes what is no HTTP
                self.fp = rest


class _Head:
    """Lines up to the end of the headers, which an empty one marks and nothing else
    (RFC 9112, section 2.1; what is cut off is incomplete by section 8)."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._began = False
        self._lines = 0

    def readline(self, limit: int) -> bytes:
        self._lines += 1
        if self._lines > MOST_LINES:  # interim answers without end would keep a core busy
            raise http.client.HTTPException("too many lines before the answer")
        line = self._file.readline(limit)
        ended = not line.endswith(b"\n") and len(line) < limit
        if ended and (line or self._began):  # no answer at all is http.client's to tell
            raise http.client.IncompleteRead(line)
        self._began = True
        return line

    def close(self) -> None:
        self._file.close()


def _pools(guard: Guard, resolver: Resolver) -> dict[str, type[HTTPConnectionPool]]:
    def open_connection(connection: HTTPConnection) -> socket.socket:
        host = connection._dns_host.strip("[]")  # noqa: SLF001 (urllib3's name with its last dot)
        return dial(host, connection.port, guard=guard, resolver=resolver)

    class GuardedHTTPConnection(HTTPConnection):
        response_class = FinalResponse

        def _new_conn(self) -> socket.socket:
            return open_connection(self)

    class GuardedHTTPSConnection(HTTPSConnection):
        response_class = FinalResponse

        def _new_conn(self) -> socket.socket:
            return open_connection(self)

    class GuardedHTTPPool(HTTPConnectionPool):
        ConnectionCls = GuardedHTTPConnection

    class GuardedHTTPSPool(HTTPSConnectionPool):
        ConnectionCls = GuardedHTTPSConnection

    return {"http": GuardedHTTPPool, "https": GuardedHTTPSPool}
