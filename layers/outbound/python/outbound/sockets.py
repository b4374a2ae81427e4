"""Sockets that live by the exchange's deadline, opened only to addresses that were judged."""

import socket
import ssl
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from outbound.addresses import Guard
from outbound.deadlines import remaining
from pipeline.errors import ImageError, ImageErrorCode, TransientError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

CONNECT_SECONDS = 5.0
"""For one address. Farther than any two places on earth, and short enough to try the next one."""

ADDRESSES_TRIED = 4
"""Of one host. More would spend the deadline on a host that is away."""

Resolver = Callable[[str, int], list[tuple[str, int]]]
"""Host and port to addresses and ports. Raises ``socket.gaierror``."""

_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


def resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Asks the system's resolver; it also understands the odd spellings of addresses."""
    if host.rstrip(".").lower().endswith(".invalid"):  # never exists (RFC 6761, section 6.4)
        raise socket.gaierror(socket.EAI_NONAME, "a name that cannot exist")
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(str(answer[4][0]), int(answer[4][1])) for answer in answers]


def dial(host: str, port: int, *, guard: Guard, resolver: Resolver) -> socket.socket:
    """Opens a connection to the first permitted address of ``host`` that answers.

    Raises:
        ImageError: no address is permitted (``blocked_address``), or the name does not exist
            (``unreachable``).
        TransientError: the resolver or the host did not answer (``unreachable``, ``timeout``).
    """
    answers = list(dict.fromkeys(_lookup(host, port, resolver)))
    permitted = guard.permitted(answers)
    if not permitted:
        raise ImageError(
            ImageErrorCode.BLOCKED_ADDRESS,
            "The URL leads to an address or port that is not on the public web.",
        )
    failure: OSError | None = None
    for address in permitted[:ADDRESSES_TRIED]:
        try:
            return _connect(*address)
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise TransientError(
            ImageErrorCode.TIMEOUT, "The server did not accept a connection in time."
        ) from failure
    raise TransientError(
        ImageErrorCode.UNREACHABLE, "The server refused the connection."
    ) from failure


def _lookup(host: str, port: int, resolver: Resolver) -> list[tuple[str, int]]:
    """The resolver's answers within the deadline, which ``getaddrinfo`` itself knows nothing of:
    the name's owner decides how slowly it answers."""
    answers: list[tuple[str, int]] = []
    failures: list[Exception] = []

    def ask() -> None:
        try:
            answers.extend(resolver(host, port))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    asking = threading.Thread(target=ask, daemon=True, name=f"lookup-{host[:40]}")
    asking.start()
    asking.join(remaining())
    if asking.is_alive():
        raise TransientError(ImageErrorCode.TIMEOUT, "The host's name was not resolved in time.")
    if not failures:
        return answers
    failure = failures[0]
    if isinstance(failure, UnicodeError):
        raise ImageError(
            ImageErrorCode.INVALID_URL, "The URL's host is not a valid name."
        ) from failure
    if isinstance(failure, socket.gaierror) and failure.errno in _NO_SUCH_NAME:
        raise ImageError(ImageErrorCode.UNREACHABLE, "The URL's host does not exist.") from failure
    raise TransientError(
        ImageErrorCode.UNREACHABLE, "The URL's host could not be looked up."
    ) from failure


def _connect(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    connection = PunctualSocket(family, socket.SOCK_STREAM)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(min(CONNECT_SECONDS, remaining()))
        connection.connect((host, port))
    except BaseException:
        connection.close()
        raise
    return connection


class PunctualSocket(socket.socket):
    """A socket whose every operation gets what is left of the exchange's time."""

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(remaining())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: "ReadableBuffer", flags: int = 0, /) -> None:
        self.settimeout(remaining())
        super().sendall(data, flags)


class PunctualTlsSocket(ssl.SSLSocket):
    """The same under TLS. One handshake is one operation: Python counts its whole time."""

    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(remaining())
        super().do_handshake(block)

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        self.settimeout(remaining())
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:  # sendall is made of these
        self.settimeout(remaining())
        return super().send(data, flags)
