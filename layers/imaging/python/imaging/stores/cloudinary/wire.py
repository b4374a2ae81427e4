"""What the SDK sends its requests with."""

import threading
from functools import cache
from typing import Any

import cloudinary
from cloudinary import uploader
from cloudinary.api_client.tcp_keep_alive_manager import TCPKeepAlivePoolManager
from urllib3 import BaseHTTPResponse

CONNECTIONS = 16
"""Kept open, as many as the processor has threads. The gate bounds how many are used."""


class Wire(TCPKeepAlivePoolManager):  # type: ignore[misc]  # the SDK has no types
    """A pool of connections that tells each thread what its last request was answered with.

    The SDK's own pool keeps a single connection, so that uploads side by side would each shake
    hands anew, and the SDK shows neither status nor headers of an upload's answer. Nor does this
    one try again or follow redirects: what is worth another try is decided elsewhere, and a
    signature goes nowhere but where it was meant to.
    """

    def __init__(self) -> None:
        super().__init__(maxsize=CONNECTIONS, retries=False, **cloudinary.CERT_KWARGS)
        self._heard = threading.local()

    def request(self, *arguments: Any, **named: Any) -> BaseHTTPResponse:  # noqa: ANN401 (urllib3's)
        self._heard.answer = None
        answer: BaseHTTPResponse = super().request(*arguments, **named)
        self._heard.answer = answer
        return answer

    @property
    def answer(self) -> BaseHTTPResponse | None:
        """The answer to this thread's last request; None if there was none."""
        return getattr(self._heard, "answer", None)


@cache
def installed() -> Wire:
    """The one wire of this process, put in the place of the SDK's own pool."""
    wire = Wire()
    # No setting leads there; tests/unit/imaging/stores would notice if the place were another.
    uploader._http = wire  # noqa: SLF001
    return wire
