"""How we behave towards other people's servers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipeline.errors import ImageErrorCode, TransientError
from pipeline.version import VERSION

PER_HOST = 14
"""Requests to one host at once. As many as keep a fast core's codec busy when answers take 150 ms;
if they come sooner or the codec is slower, fewer are under way (docs/benchmarks.md)."""

TURN_SECONDS = 60.0
"""How long to wait for one's turn at a host, unless told otherwise."""

LONGEST_RETRY_AFTER = 24 * 3600.0
"""Seconds. Whatever a server asks for beyond counts as this much."""


def user_agent(contact: str) -> str:
    """Says who asks and, if the operator says so, whom to tell.

    Args:
        contact: an address or URL of the operator, or nothing.
    """
    return f"Darkroom/{VERSION} (+{contact})" if contact else f"Darkroom/{VERSION}"


def retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Reads a ``Retry-After`` header: seconds or a date (RFC 9110, section 10.2.3).

    Returns:
        seconds from 0 to ``LONGEST_RETRY_AFTER``; None without a header or if it makes no sense.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:12])
    else:
        try:
            date = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        seconds = (date - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


class BusyError(TransientError):
    """So many requests were under way to the host that ours was never sent."""


class Turns:
    """Lets only so many requests at once through to each host."""

    def __init__(self, per_host: int = PER_HOST) -> None:
        self._per_host = per_host
        self._under_way: dict[str, int] = {}
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, host: str, *, patience: float = TURN_SECONDS) -> Iterator[None]:
        """Waits for a free place at ``host`` and holds it inside the block.

        Raises:
            BusyError: no place became free within ``patience`` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._free(host), timeout=patience):
                raise BusyError(
                    ImageErrorCode.TIMEOUT,
                    "Other downloads from the same server took too long.",
                )
            self._under_way[host] = self._under_way.get(host, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way[host] -= 1
                if not self._under_way[host]:
                    del self._under_way[host]
                self._changed.notify_all()

    def _free(self, host: str) -> bool:
        return self._under_way.get(host, 0) < self._per_host
