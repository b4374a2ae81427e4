"""One deadline for all that an exchange does: lookup, connecting, TLS, headers, body, redirects.

Socket timeouts alone start afresh with each byte that drips in. Here each operation of a socket
gets what is left of the exchange's time, so a stream that never ends ends on time. The deadline
belongs to the thread's context rather than to a socket: pooled connections outlive exchanges.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_end: ContextVar[float] = ContextVar("_end")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Whatever this thread exchanges inside the block must be done after ``seconds``."""
    token = _end.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _end.reset(token)


def extend(seconds: float) -> None:
    """Gives the exchange under way that much longer: for waits that are ours, not the server's."""
    _end.set(_end.get() + seconds)


def remaining() -> float:
    """Seconds left of the exchange under way, always more than none.

    Raises:
        TimeoutError: the time is up.
        LookupError: no deadline was set; nothing may be dialled without one.
    """
    left = _end.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("the exchange's time is up")
    return left
