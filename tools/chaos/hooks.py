"""How the receivers of webhooks behave."""

import random
from dataclasses import dataclass
from enum import StrEnum


class HookAnswer(StrEnum):
    """What a receiver answers to one request."""

    TAKEN = "204"
    ERROR = "500"
    LIMITED = "429 with Retry-After"
    REDIRECT = "redirect"
    CUT = "headers cut off"
    CLOSED = "connection closed"
    SLOW = "slow"
    STALLED = "no answer in time"
    GONE = "410"


KINDS: dict[str, tuple[HookAnswer, ...]] = {
    "well": (HookAnswer.TAKEN,),
    "failing": (HookAnswer.ERROR, HookAnswer.ERROR, HookAnswer.TAKEN),
    "limited": (HookAnswer.LIMITED, HookAnswer.TAKEN),
    "redirecting": (HookAnswer.REDIRECT, HookAnswer.REDIRECT, HookAnswer.TAKEN),
    "cutting": (HookAnswer.CUT, HookAnswer.TAKEN),
    "slow": (HookAnswer.SLOW, HookAnswer.TAKEN),
    "stalled": (HookAnswer.STALLED, HookAnswer.TAKEN),
    "gone": (HookAnswer.GONE,),
    "down": (HookAnswer.CLOSED,),
}
"""What each kind of receiver answers to the tries of a delivery; the last one for ever."""


@dataclass(frozen=True)
class HookPlan:
    """One job's receiver. ``kind`` is one of ``KINDS``."""

    path: str
    kind: str

    @property
    def answers(self) -> tuple[HookAnswer, ...]:
        return KINDS[self.kind]

    @property
    def takes(self) -> bool:
        """Whether it takes every delivery in the end."""
        return self.answers[-1] is HookAnswer.TAKEN


def draw_hook(chance: random.Random, job: int, *, many: bool) -> HookPlan | None:
    """A job's receiver; none for one job in ten. Stalled ones, which take a quarter of a minute a
    delivery, are for campaigns of ``many`` images."""
    if chance.random() < 0.1:
        return None
    kinds = [kind for kind in KINDS if many or kind != "stalled"]
    weights = [3 if kind == "well" else 1 for kind in kinds]
    return HookPlan(f"/hook/{job}", chance.choices(kinds, weights)[0])
