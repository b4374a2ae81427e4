"""Connections to an emulator that may have a certificate of its own."""

import http.client
import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """For 127.0.0.1, signed by itself; both as PEM files."""

    certificate: Path
    key: Path

    @property
    def environment(self) -> dict[str, str]:
        """What makes boto3 and the CDK command line trust it.

        Not ``SSL_CERT_FILE``: whoever reads that trusts nobody else, and a deploy may have packages
        to fetch.
        """
        names = ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        return dict.fromkeys(names, str(self.certificate))


def connection(
    host: str, port: int | None, certificate: Certificate | None, *, timeout: float
) -> http.client.HTTPConnection:
    """A connection by HTTPS if there is a certificate."""
    if certificate is None:
        return http.client.HTTPConnection(host, port, timeout=timeout)
    trusted = ssl.create_default_context(cafile=certificate.certificate)
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=trusted)
