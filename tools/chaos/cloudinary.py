"""Cloudinary, played by the tests' stand-in for it, which here does not always obey."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from chaos.fates import UPLOAD, Fate, Fates
from chaos.tally import Tally
from tests.cloudinary_server import CloudinaryServer, Mishap, Visit

FUNCTION = "processor"
SERVICE = "cloudinary"


@dataclass
class Cloudinary(CloudinaryServer):
    """One account, of which each upload has its fate.

    Attributes:
        kill: ends the process of the function whose connection comes from a port of this machine.
    """

    fates: Fates = field(default_factory=lambda: Fates(0))
    tally: Tally = field(default_factory=Tally)
    kill: Callable[[str, int], bool] = lambda _, __: False

    def next_mishap(self) -> Mishap | None:
        super().next_mishap()
        fate, chance = self.fates.draw(FUNCTION, SERVICE, UPLOAD)
        if fate is Fate.OBEYED:
            return None
        self.tally.add(SERVICE, fate)
        return lambda visit: self._happens(fate, chance, visit)

    def _happens(self, fate: Fate, chance: random.Random, visit: Visit) -> None:
        if fate in {Fate.UNHEARD, Fate.KILLED_AFTER}:
            visit.work()
        if fate in {Fate.KILLED_BEFORE, Fate.KILLED_AFTER}:
            self.kill(FUNCTION, visit.client_address[1])
        match fate:
            case Fate.LIMITED:
                error = {"error": {"message": "Rate Limit Exceeded"}}
                visit.answer(420, error, headers={"Retry-After": "1"})
            case Fate.REFUSED | Fate.UNHEARD:
                visit.answer(chance.choice((500, 503)), {"error": {"message": "Try again"}})
            case _:
                visit.hang_up()
