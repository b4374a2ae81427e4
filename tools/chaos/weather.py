"""Faults that nobody's call brings about: processes killed and frozen, servers away."""

import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import psycopg

from chaos.database import DatabaseServer
from chaos.fates import BUSY_FUNCTION, Fates
from chaos.sources import MANY
from chaos.tally import Tally
from chaos.workers import Workers
from localcloud.errors import CloudError

PATIENCE = 12.0
"""Seconds after which a fault comes although the fetches that it waits for do not."""


class Kind(StrEnum):
    KILL = "killed (kill -9)"
    FREEZE = "frozen until its timeout"
    CUT = "connections ended"
    RESTART = "restarted"
    CRASH = "crashed and recovered"
    AWAY = "away"
    STORE_AWAY = "S3 answers 500 and 503"
    QUEUES_AWAY = "SQS answers 500"
    CLOUDINARY_AWAY = "Cloudinary answers 500 and 503"


KILLED = ("api", "ingest", "processor", "processor", "recorder", "finisher", "notifier", "janitor")
FROZEN = ("recorder", "finisher", "notifier")
"""Those whose timeouts the campaign makes short."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        after: how many fetches there have been before it.
        function: whose process it is about, for those that are about one.
        seconds: how long it lasts, for those that last.
    """

    after: int
    kind: Kind
    function: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        lasts = f" for {self.seconds:.0f} s" if self.seconds else ""
        return f"after {self.after} fetches: {self.function or 'everybody'}: {self.kind}{lasts}"


def draw(seed: int, images: int) -> list[Fault]:
    """The faults of a campaign in their order: each kind once, and more with more images."""
    chance = random.Random(f"weather {seed}")
    kinds = list(Kind) + [Kind.KILL] * 4
    kinds += chance.choices(list(Kind), (40, 8, 15, 8, 5, 4, 8, 7, 5), k=min(60, images // 100))
    longest = 15 if images >= MANY else 5
    faults = []
    for kind in kinds:
        after = chance.randrange(1, max(2, images * 9 // 10))
        match kind:
            case Kind.KILL:
                killed = [each for each in KILLED if images >= MANY or each != BUSY_FUNCTION]
                faults.append(Fault(after, kind, chance.choice(killed)))
            case Kind.FREEZE:
                faults.append(Fault(after, kind, chance.choice(FROZEN)))
            case Kind.CUT | Kind.RESTART | Kind.CRASH:
                faults.append(Fault(after, kind, "PostgreSQL"))
            case Kind.AWAY:
                faults.append(Fault(after, kind, "PostgreSQL", chance.randint(3, longest)))
            case Kind.STORE_AWAY | Kind.QUEUES_AWAY | Kind.CLOUDINARY_AWAY:
                faults.append(Fault(after, kind, seconds=chance.randint(3, longest)))
    return sorted(faults, key=lambda fault: fault.after)


class Weather:
    """Lets the faults happen, one after the other.

    Args:
        fetches: how many there have been so far.
    """

    def __init__(
        self,
        faults: list[Fault],
        *,
        fetches: Callable[[], int],
        workers: Workers,
        database: DatabaseServer,
        fates: Fates,
        tally: Tally,
    ) -> None:
        self.faults = faults
        self._fetches = fetches
        self.workers = workers
        self._database = database
        self._fates = fates
        self._tally = tally
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="weather")
        self.error: BaseException | None = None

    def begin(self) -> None:
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def end(self) -> None:
        """Leaves out what has not happened yet; returns when nothing happens any more."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            for fault in self.faults:
                deadline = time.monotonic() + PATIENCE
                while self._fetches() < fault.after and time.monotonic() < deadline:
                    if self._ending.wait(0.05):
                        return
                if self._happens(fault):
                    self._tally.add(fault.function or "everybody", fault.kind)
        except (CloudError, OSError, psycopg.Error) as error:
            self.error = error

    def _happens(self, fault: Fault) -> bool:
        match fault.kind:
            case Kind.KILL:
                return any(self.workers.kill(each) for each in self.workers.of(fault.function))
            case Kind.FREEZE:
                return any(self.workers.freeze(each) for each in self.workers.of(fault.function))
            case Kind.CUT:
                self._database.cut()
            case Kind.RESTART:
                self._database.restart(signal.SIGINT)
            case Kind.CRASH:
                self._database.restart(signal.SIGQUIT)
            case Kind.AWAY:
                self._database.restart(signal.SIGINT, away=fault.seconds)
            case Kind.STORE_AWAY:
                self._fates.take_away("s3", fault.seconds)
            case Kind.QUEUES_AWAY:
                self._fates.take_away("sqs", fault.seconds)
            case Kind.CLOUDINARY_AWAY:
                self._fates.take_away("cloudinary", fault.seconds)
        return True
