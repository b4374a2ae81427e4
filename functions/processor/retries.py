"""When an image is tried again, decided in this one place."""

import math
import random

from pipeline.errors import ImageErrorCode
from pipeline.messages import ProcessImage
from pipeline.queues import Received

TRIES = 6
"""Of a source that is away: two minutes in all. A user waits for the job, and can retry it."""

STORE_TRIES = 9
"""Of our own store: an hour and a half. One less than the queue allows before its dead letters."""

OURS = frozenset({ImageErrorCode.STORAGE_ERROR, ImageErrorCode.INTERNAL_ERROR})
"""What is for us to mend: the store is away, or only a newer release can do what is asked
(``NotUnderstoodError``). It has the tries of the store."""

FIRST_PAUSE = 4.0
"""Seconds, doubled with each try; tripled for what is ours to mend."""

LONGEST_RETRY_AFTER = 15 * 60.0
"""Seconds. What a source may ask for; more counts as this much, or a job would never end."""

LONGEST_PAUSE = 11 * 3600
"""Seconds. SQS hides a message for twelve hours at most, counted from its receipt."""

SPREAD = 30
"""Seconds over which the messages of a batch come again if their function is killed. An image that
kills it is then alone the next time, or nearly so, and its neighbours' tries are not used up."""


def tries(image: Received[ProcessImage]) -> int:
    """How often the image has been handed out to be worked on, this time included."""
    return image.message.tries + image.receives


def is_last(code: ImageErrorCode, tries: int) -> bool:
    """Whether an image that is tried for the ``tries``th time has had all its tries."""
    return tries >= (STORE_TRIES if code in OURS else TRIES)


def anew(image: Received[ProcessImage]) -> ProcessImage | None:
    """The same image as a new message, which counts the tries that it really had: this one, for
    which no time was left, is none. Otherwise a batch of large images would use up tries, and in
    the end the receives that SQS allows, without a fetch.

    Returns:
        None for one that has had more tries than any good image: its receives are to run out.
    """
    had = tries(image) - 1
    return image.message.model_copy(update={"tries": had}) if had <= STORE_TRIES else None


def pause(
    tries: int,
    *,
    code: ImageErrorCode | None = None,
    retry_after: float | None = None,
    jitter: float | None = None,
) -> int:
    """Seconds until the next try: growing, and scattered so that a host is not met by a crowd.

    Args:
        tries: how often the image has been tried, this time included.
        retry_after: what the source asked for; never undercut.
        jitter: 0.0-1.0 in place of a random number, for tests.
    """
    share = random.random() if jitter is None else jitter  # noqa: S311 (no secret)
    growth = 3.0 if code in OURS else 2.0
    growths = min(tries, STORE_TRIES) - 1
    seconds = FIRST_PAUSE * math.pow(growth, growths) * (0.5 + share / 2)
    if retry_after is not None:
        asked = min(retry_after, LONGEST_RETRY_AFTER)
        seconds = max(seconds, asked * (1 + share / 10))
    return min(LONGEST_PAUSE, max(1, round(seconds + 0.5)))


def hold(time_left: float, *, jitter: float | None = None) -> int:
    """Seconds to hide a message that is being worked on, each by another measure: no less than this
    run can last, and much less than the queue's own time, which is made for throttled functions.

    Args:
        time_left: seconds until Lambda ends the invocation.
        jitter: 0.0-1.0 in place of a random number, for tests.
    """
    share = random.random() if jitter is None else jitter  # noqa: S311 (no secret)
    return math.ceil(max(0.0, time_left) + 1 + SPREAD * share)
