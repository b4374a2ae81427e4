"""Somebody between a function and PostgreSQL, with a certificate of their own."""

import datetime as dt
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""https://www.postgresql.org/docs/current/protocol-message-formats.html"""

CLEARTEXT_PASSWORD = b"R" + struct.pack("!ii", 8, 3)
PLUS = b"SCRAM-SHA-256-PLUS\0"

Change = Callable[[bytes], bytes]


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 and its key, signed by itself, in one PEM file."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def hide_channel_binding(answer: bytes) -> bytes:
    """Leaves the mechanism that is bound to the certificate out of the server's list."""
    body = answer[5:].replace(PLUS, b"")
    return b"R" + struct.pack("!i", len(body) + 4) + body


def as_it_is(answer: bytes) -> bytes:
    return answer


class ManInTheMiddle:
    """Takes connections, ends their TLS, and passes on to the server what it is asked.

    Attributes:
        heard: what the client said within TLS, decrypted.
    """

    def __init__(self, pem: Path, server: tuple[str, int], *, change: Change | None) -> None:
        """
        Args:
            change: of the server's first answer; with None the server is never asked, and the
                client is asked for its password in plain text.
        """
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._server = server
        self._change = change
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._take_all)
        self.heard = b""

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # ends the wait for one more connection
        self._thread.join()
        self._listener.close()

    def _take_all(self) -> None:
        """One after another: a refused password is read anew and tried once more."""
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                with plain:
                    self._take(plain)

    def _take(self, plain: socket.socket) -> None:
        plain.settimeout(30)
        plain.recv(len(SSL_REQUEST))
        plain.sendall(b"S")
        with (
            suppress(OSError),  # the client hangs up, as it should
            self._context.wrap_socket(plain, server_side=True) as client,
        ):
            if self._change is None:
                self.heard += client.recv(65_536)
                client.sendall(CLEARTEXT_PASSWORD)
                self.heard += client.recv(65_536)
            else:
                self._relay(client, self._change)

    def _relay(self, client: ssl.SSLSocket, change: Change) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = socket.create_connection(self._server, timeout=30)
        raw.sendall(SSL_REQUEST)
        raw.recv(1)
        with context.wrap_socket(raw) as server:
            while asked := client.recv(65_536):
                self.heard += asked
                server.sendall(asked)
                answer = server.recv(65_536)
                client.sendall(change(answer) if PLUS in answer else answer)
