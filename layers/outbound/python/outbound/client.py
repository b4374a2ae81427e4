"""Fetching images from and posting webhooks to addresses that strangers chose."""

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urljoin

import requests
import urllib3
from requests.exceptions import InvalidSchema

from outbound import answers, failures, politeness
from outbound.addresses import Guard, Network
from outbound.answers import Admit, Fetched, Reply
from outbound.deadlines import deadline
from outbound.sockets import Resolver, resolve
from outbound.transport import GuardedAdapter, tls_context
from pipeline.errors import ImageError, ImageErrorCode, TransientError

FETCH_SECONDS = 30.0
POST_SECONDS = 15.0

LARGEST_FILE = 50_000_000
"""Bytes, on the wire and after decompression; the contract's cap for one image."""

REDIRECTS = 5

ACCEPT = "image/jpeg, image/png, image/webp;q=0.9, image/*;q=0.8, */*;q=0.5"
"""JPEG and PNG first: of servers that convert, we want what is nearest to the original."""


class Client:
    """Shared by threads. Keeps connections open between exchanges.

    Args:
        contact: address or URL of the operator, for the User-Agent.
        allowed: networks that may be reached although they are not public.
        per_host: requests to one host at once.
        resolver: in place of the system's.
        tls: in place of the public certificate authorities.
    """

    def __init__(
        self,
        *,
        contact: str = "",
        allowed: tuple[Network, ...] = (),
        per_host: int = politeness.PER_HOST,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = politeness.user_agent(contact)
        self._turns = politeness.Turns(per_host)
        self._adapter = GuardedAdapter(
            guard=Guard(allowed),
            resolver=resolver,
            tls=tls or tls_context(),
            connections=per_host,
        )

    def close(self) -> None:
        self._adapter.close()

    def fetch(
        self,
        url: str,
        *,
        limit: int = LARGEST_FILE,
        seconds: float = FETCH_SECONDS,
        patience: float = politeness.TURN_SECONDS,
        admit: Admit | None = None,
    ) -> Fetched:
        """Downloads a file, following redirects, each of them judged like the first URL.

        Args:
            limit: most bytes to accept.
            seconds: for all exchanges together.
            patience: seconds to wait besides, at each host, for a turn among our own requests.
            admit: called before a body is read with its size, or with ``limit`` if none is told.

        Raises:
            ImageError: ``invalid_url``, ``blocked_address``, ``not_found``, ``forbidden``,
                ``too_large``, ``unreachable`` (no such host, wrong certificate, endless redirects).
            BusyError: the turn never came.
            TransientError: ``timeout``, ``rate_limited``, ``unreachable``.
        """
        left = seconds
        request = self._request("GET", url, {"Accept": ACCEPT})
        for _ in range(REDIRECTS + 1):
            with self._turns.turn(_host(request), patience=patience):
                started = time.monotonic()
                with (
                    deadline(left),
                    failures.translated(),
                    self._exchange(request) as response,
                ):
                    target = answers.redirect(response)
                    if target is None:
                        return answers.read(response, limit=limit, admit=admit)
                left -= time.monotonic() - started
            request = self._redirected(request, target)
        raise ImageError(
            ImageErrorCode.UNREACHABLE, f"The URL redirects more than {REDIRECTS} times."
        )

    def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        seconds: float = POST_SECONDS,
    ) -> Reply:
        """Sends one webhook. Follows no redirects and reads no more than the headers of what comes.

        Never raises for what a receiver or the network does: that is the reply.
        """
        started = time.monotonic()
        try:
            # A kept connection may have died unseen, and a POST is not repeated at once.
            request = self._request("POST", url, {**headers, "Connection": "close"}, body)
            with deadline(seconds), failures.translated():
                response = self._adapter.send(request, stream=True)
        except (ImageError, TransientError) as error:
            return Reply(_milliseconds_since(started), error=error.code)
        with suppress(OSError, urllib3.exceptions.HTTPError):
            response.close()
        return Reply(
            _milliseconds_since(started),
            status_code=response.status_code,
            retry_after=politeness.retry_after(response.headers.get("Retry-After")),
        )

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> requests.PreparedRequest:
        """Raises ImageError ``invalid_url`` for whatever is no URL of the web."""
        ours = {"User-Agent": self._user_agent, "Accept-Encoding": "identity"}
        with failures.translated():
            request = requests.Request(
                method, url, headers={**ours, **headers}, data=body, auth=_no_credentials
            ).prepare()
            parts = urllib3.util.parse_url(request.url or "")
            if parts.scheme not in {"http", "https"}:
                raise InvalidSchema(parts.scheme)
        if parts.auth is not None:
            raise ImageError(
                ImageErrorCode.INVALID_URL, "A URL may not carry a user name or password."
            )
        return request

    def _redirected(
        self, request: requests.PreparedRequest, target: str
    ) -> requests.PreparedRequest:
        try:
            return self._request("GET", urljoin(request.url or "", target), {"Accept": ACCEPT})
        except (ImageError, ValueError) as error:
            raise ImageError(
                ImageErrorCode.BLOCKED_ADDRESS, "The URL redirects to what is not on the web."
            ) from error

    @contextmanager
    def _exchange(self, request: requests.PreparedRequest) -> Iterator[requests.Response]:
        try:
            response = self._adapter.send(request, stream=True)
        except requests.ConnectionError as error:
            if not failures.is_stale(error):
                raise
            response = self._adapter.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()


def _host(request: requests.PreparedRequest) -> str:
    return urllib3.util.parse_url(request.url or "").host or ""


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of requests' habit of making a header of a URL's user name and password."""
    return request


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
