"""How many uploads may be under way, and when none may begin."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Clock = Callable[[], float]


class Gate:
    """Lets ``slots`` uploads through at once, and none while it is closed."""

    def __init__(self, slots: int, *, clock: Clock = time.monotonic) -> None:
        self._free = slots
        self._clock = clock
        self._opens = 0.0
        self._changed = threading.Condition()

    @contextmanager
    def slot(self, patience: float) -> Iterator[None]:
        """Holds one of the slots for the block.

        Args:
            patience: seconds to wait for it.

        Raises:
            TimeoutError: it would take longer.
        """
        self._take(self._clock() + patience)
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def close(self, seconds: float) -> None:
        """Lets none begin for so long. What is under way goes on."""
        with self._changed:
            self._opens = max(self._opens, self._clock() + seconds)
            self._changed.notify_all()

    def closed_for(self) -> float:
        """Seconds until the gate opens; 0 if it is open."""
        return max(0.0, self._opens - self._clock())

    def _take(self, deadline: float) -> None:
        with self._changed:
            while self._free == 0 or self.closed_for():
                left = deadline - self._clock()
                wait = self.closed_for() or left
                if left <= 0 or wait > left:
                    raise TimeoutError
                self._changed.wait(wait)
            self._free -= 1
