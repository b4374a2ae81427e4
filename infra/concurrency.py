"""How many invocations at once a stage may cause, fitted to what the account allows.

An account has 1,000 in a region, a new one 50 or 10, and all functions of the account share them.
Whoever takes the last ones makes Lambda refuse the others, the api first.
"""

import math
from dataclasses import replace

from infra.settings import Concurrency

SOURCES = ("ingest", "processor", "recorder", "finisher", "notifier")
"""The functions that queues start, each with a bound of its own."""

LEAST = 2
"""Lambda takes no smaller bound for a queue."""

DEAD_LETTERS = 2 * LEAST
"""The recorder's two queues of dead letters, always at the least."""

UNRESERVED = 100
"""What Lambda wants left when concurrency is reserved."""

OTHERS = 5
"""A fifth of what is not reserved is kept from the queues: for the api, and the janitor."""


def fitted(wanted: Concurrency, quota: int) -> Concurrency:
    """The stage's numbers, lowered as far as ``quota`` demands.

    Nothing is reserved where that would leave less than ``UNRESERVED``: Lambda would refuse it, and
    the deploy would fail. The queues' bounds shrink in proportion until they all fit beside the
    api's share. Below 18 they cannot: each is then at its least, which is slow but starves nobody
    for long.

    Args:
        quota: invocations at once of all functions of the account in its region, as
            ``aws lambda get-account-settings`` shows it (``ConcurrentExecutions``).
    """
    api = wanted.api if wanted.api and quota - wanted.api >= UNRESERVED else None
    unreserved = quota - (api or 0)
    rest = unreserved - math.ceil(unreserved / OTHERS) - DEAD_LETTERS
    wishes = {name: max(LEAST, getattr(wanted, name) or quota) for name in SOURCES}
    above_least = sum(wishes.values()) - LEAST * len(SOURCES)
    spare = max(0, min(above_least, rest - LEAST * len(SOURCES)))
    bounds = {
        name: LEAST + (wish - LEAST) * spare // max(1, above_least) for name, wish in wishes.items()
    }
    return replace(wanted, api=api, **bounds)
