"""The address of an emulator, as ``AWS_ENDPOINT_URL`` names it."""

import http.client
import os
import socket
import urllib.parse

from localcloud.errors import CloudError

VARIABLE = "AWS_ENDPOINT_URL"
AMAZON = ("amazonaws.com", "amazonaws.com.cn", "api.aws", "amazonaws.eu")
ANSWER_SECONDS = 10.0


def from_environment() -> str | None:
    """The emulator that the environment names, as ``http://ADDRESS:PORT``.

    Raises:
        CloudError: it is AWS itself, or not the address of an emulator.
    """
    value = os.environ.get(VARIABLE, "").strip()
    return normalised(value) if value else None


def normalised(url: str) -> str:
    """The URL with an address in place of the host's name.

    The CDK and the AWS SDKs put a bucket's name before a host's name, and ``bucket.localhost`` can
    be looked up by few programs; before an address they do not.

    Raises:
        CloudError: as ``from_environment``.
    """
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    if any(f".{host}".endswith(f".{name}") for name in AMAZON):
        raise CloudError(
            f"{VARIABLE} is {url}, which is AWS itself: `make up` deploys onto emulators only, and "
            "`make deploy` deploys to AWS."
        )
    try:
        port = parts.port or 80
    except ValueError:
        port = 0
    if parts.scheme != "http" or not host or not port or parts.path.strip("/"):
        raise CloudError(
            f"{VARIABLE} is {url!r}; it must read http://HOST:PORT, the address of an emulator of "
            f"AWS. Without {VARIABLE}, `make up` starts an emulator of its own."
        )
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise CloudError(
            f"{VARIABLE} is {url}, but there is no host {host} ({error.strerror})."
        ) from None
    return f"http://{found[0][4][0]}:{port}"


def answer_failure(endpoint_url: str) -> str | None:
    """Why no HTTP server answers there; ``None`` if one does."""
    parts = urllib.parse.urlsplit(endpoint_url)
    host, port = parts.hostname or "", parts.port
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    return None
