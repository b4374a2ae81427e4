"""Following a job until it has ended, through whatever the network does meanwhile."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from darkroom.client import Client
from darkroom.errors import CommandError, ExitCode
from darkroom.transport import TRIES, is_transient, pause
from darkroom.words import Answer

ENDED = frozenset({"completed", "rejected", "cancelled", "expired"})

POLL = 2.0
"""Seconds between two looks where the API names none."""

PATIENCE = 600.0
"""Seconds without any answer after which to give up."""

WINDOW = 60.0
"""Seconds of the past that the estimate looks at: outcomes come in batches."""


@dataclass(frozen=True)
class Glance:
    """The job as last seen.

    ``seconds_left`` is an estimate for its images, None where there is none to be had.
    ``trouble`` says why the latest look failed, if it did.
    """

    job: Answer
    seconds_left: float | None = None
    trouble: str | None = None


class Pace:
    """How fast images are done, over the last minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def seconds_left(self, job: Answer, at: float) -> float | None:
        """Notes how far the job is at a time in seconds, and says how long the rest will take."""
        images = job["images"]
        self._seen.append((at, images["total"] - images["pending"]))
        while len(self._seen) > 2 and self._seen[1][0] <= at - WINDOW:
            self._seen.popleft()
        (since, before), (_, now) = self._seen[0], self._seen[-1]
        if job["status"] != "processing" or now - before < max(1, min(20, images["total"] / 20)):
            return None  # too few to tell
        left: float = images["pending"] * (at - since) / (now - before)
        return left


def follow(
    client: Client,
    job_id: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Glance]:
    """Each look at the job, the last one at a job that has ended.

    Raises:
        CommandError: the job cannot be seen at all, or nothing has answered for ten minutes.
    """
    pace, etag, failures, heard = Pace(), None, 0, clock()
    job: Answer = {}
    while True:
        try:
            look = client.look(job_id, etag)
        except CommandError as error:
            failures += 1
            # At the beginning an address that is wrong is likelier than an outage.
            given_up = clock() - heard > PATIENCE or (not job and failures == TRIES)
            if given_up or not is_transient(error):
                raise
            if job:
                yield Glance(job, trouble=error.message)
            sleep(pause(failures, error))
            continue
        failures, heard, etag, job = 0, clock(), look.etag, look.job or job
        yield Glance(job, seconds_left=pace.seconds_left(job, heard))
        if job["status"] in ENDED:
            return
        sleep(POLL if look.wait is None else max(look.wait, 0.2))


def exit_code(job: Answer) -> ExitCode:
    """What a job that has ended means to a script."""
    if job["status"] != "completed":
        return ExitCode.NO_RESULT
    failed = job["images"]["failed"] or job["rows"]["rejected"]
    return ExitCode.WITH_FAILURES if failed else ExitCode.DONE
