"""When a webhook is tried again, decided in this one place.

Ten tries over 75 hours; a receiver that is away for two days misses nothing. What is due for one
that is silent may have to wait: that is decided where it is claimed (``database.receivers``).
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from pipeline.errors import ImageErrorCode
from pipeline.messages import DeliveryAttempted
from pipeline.states import DeliveryStatus

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Between one try and the next. The first try is at once, so there is one try more than pauses."""

JITTER = 0.1
"""Each pause is stretched by up to this share, so that receivers do not wake to a stampede."""

LONGEST_RETRY_AFTER = timedelta(hours=24)
"""What a receiver may ask for; more counts as this much."""

GONE = 410
"""HTTP's word for "stop asking" (RFC 9110, section 15.5.11)."""

SILENT_AFTER = timedelta(seconds=5)
"""A request that ends without an answer after this long kept a notifier busy for nothing."""

HOPELESS = frozenset({ImageErrorCode.BLOCKED_ADDRESS, ImageErrorCode.INVALID_URL})
"""What the address itself is to blame for: it will be no other next time."""


@dataclass(frozen=True)
class NextStep:
    """Where a delivery stands after an attempt, and how long after it the next one is due.

    The database adds ``pause`` to its own clock, which also says what is due: the clocks of those
    who made the attempts may be wrong.
    """

    status: DeliveryStatus
    pause: timedelta | None = None


def next_step(
    attempted: DeliveryAttempted, *, restarted_after: int = 0, jitter: float | None = None
) -> NextStep:
    """What follows from an attempt: delivered, given up, or when to try again.

    Args:
        restarted_after: attempts before somebody asked for it to be sent again; the tries are
            counted from there.
        jitter: 0.0-1.0 in place of a random number, for tests.

    Raises:
        ValueError: the attempt was made before that; what follows from it is over.
    """
    tries = attempted.attempt - restarted_after
    if tries < 1:
        raise ValueError(f"attempt {attempted.attempt} is not after attempt {restarted_after}")
    if attempted.status_code is not None and 200 <= attempted.status_code < 300:
        return NextStep(DeliveryStatus.DELIVERED)
    given_up = attempted.status_code == GONE or attempted.error in HOPELESS
    if given_up or tries > len(PAUSES):
        return NextStep(DeliveryStatus.FAILED)
    share = random.random() if jitter is None else jitter  # noqa: S311 (no secret)
    pause = PAUSES[tries - 1] * (1 + JITTER * share)
    if attempted.retry_after is not None and attempted.retry_after > 0:
        asked = min(attempted.retry_after, LONGEST_RETRY_AFTER.total_seconds())
        pause = max(pause, timedelta(seconds=asked))
    return NextStep(DeliveryStatus.PENDING, pause)


def is_silent(attempted: DeliveryAttempted) -> bool:
    """Whether the receiver let the request run out of time. It then gets fewer of them at once."""
    waited = timedelta(milliseconds=attempted.milliseconds)
    return attempted.status_code is None and waited >= SILENT_AFTER


def is_prompt(attempted: DeliveryAttempted) -> bool:
    """Whether the receiver answered, or refused at once. Neither is known of a request whose
    notifier did not survive it."""
    return not is_silent(attempted) and attempted.error != ImageErrorCode.INTERNAL_ERROR
