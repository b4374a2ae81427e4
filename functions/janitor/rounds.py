"""One round of the janitor: every duty, whatever becomes of the others."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from pipeline.figures import Figures

TimeLeft = Callable[[], float]
"""Seconds that are left."""

Duty = Callable[[TimeLeft], int]
"""Does a bounded share of its work and returns how much that was. It begins nothing that is long
once its time is over."""

MOST = 15.0
"""Seconds of one duty, if there is as much to do."""

KEPT = 2.0
"""Seconds kept for each duty that comes after it. Nearly always a duty takes milliseconds."""

RESERVE = 7.0
"""Seconds before the function's end after which no duty begins: a statement may take five."""


class DutiesFailedError(Exception):
    """Some duties failed; the round's log says how. The next round does their work."""


@dataclass(frozen=True)
class Round:
    """Goes through the duties in their order, each round from another one on: one that takes all
    the time, whatever the reason, keeps the others from theirs in some rounds only."""

    duties: Mapping[str, Duty]
    logger: Logger

    def run(self, *, time_left: TimeLeft, number: int = 0) -> dict[str, int]:
        """Does every duty once, as long as there is time.

        Args:
            time_left: seconds until Lambda ends this invocation.
            number: of the round; it says which duty is the first.

        Returns:
            how much each of them did.

        Raises:
            DutiesFailedError: at the end, so that the function's errors show it.
        """
        done: dict[str, int] = {}
        failed: list[str] = []
        waiting = self._from(number % len(self.duties))
        while waiting and time_left() > RESERVE:
            name = waiting.pop(0)
            share = min(MOST, time_left() - RESERVE - KEPT * len(waiting))
            try:
                done[name] = self.duties[name](_countdown(max(share, KEPT)))
            except Exception:
                self.logger.exception("duty failed", extra={"duty": name})
                failed.append(name)
        if waiting:
            self.logger.warning("no time left for duties", extra={"duties": waiting})
        self.logger.info("round done", extra={"done": done})
        figures = Figures()
        for name, amount in done.items():
            if amount:
                figures.add("Repairs", amount, duty=name)
        figures.write()
        if failed:
            raise DutiesFailedError(", ".join(failed))
        return done

    def _from(self, first: int) -> list[str]:
        names = list(self.duties)
        return names[first:] + names[:first]


def _countdown(seconds: float) -> TimeLeft:
    end = time.monotonic() + seconds
    return lambda: end - time.monotonic()
