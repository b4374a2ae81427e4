"""What goes wrong between a function and the rest of the world, at a moment that a test chooses."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Killed(BaseException):
    """The end of a process: nothing in the code catches it."""


class Kind(Enum):
    KILL = "the process ends"
    ERROR = "the other side fails, or its answer is lost"
    MEANWHILE = "somebody else is quicker"


@dataclass(frozen=True)
class Fault:
    """Happens at the ``after``-th time from now that a function turns to the world.

    Every statement, commit, request and answer is such a time: before it and after it.
    """

    kind: Kind
    after: int
    meanwhile: str = ""
    """Names what somebody else does."""


class Faults:
    """Where functions turn to the world; one fault at most is armed."""

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._left = 0
        self._meanwhile: Callable[[str], None] = lambda _: None

    def arm(self, fault: Fault | None, meanwhile: Callable[[str], None]) -> None:
        self._fault = fault
        self._left = fault.after if fault else 0
        self._meanwhile = meanwhile

    def disarm(self) -> None:
        self._fault = None

    def point(self, error: Callable[[], Exception], *, is_open: bool = False) -> None:
        """One such time.

        Args:
            error: makes what the function sees if the other side fails here.
            is_open: a transaction is, so that others would wait for its end.
        """
        if self._fault is None:
            return
        if self._left:
            self._left -= 1
            return
        if self._fault.kind == Kind.MEANWHILE and is_open:
            return  # at the next time at which nobody has to wait
        fault, self._fault = self._fault, None
        match fault.kind:
            case Kind.KILL:
                raise Killed
            case Kind.ERROR:
                raise error()
            case Kind.MEANWHILE:
                self._meanwhile(fault.meanwhile)
