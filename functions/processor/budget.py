"""A bound on what is held in memory at once, however large the batch."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Share:
    """What one image holds of a budget."""

    def __init__(self, budget: "Budget") -> None:
        self._budget = budget
        self.amount = 0

    def resize(self, amount: int) -> None:
        """Holds ``amount`` from now on; waits while there is not so much left.

        Whoever holds a part must not wait for more, or two could wait for each other for ever: a
        share grows only from nothing.
        """
        self._budget.change(self, amount)


class Budget:
    """So many units, of bytes or pixels, to be shared among threads.

    An image that alone exceeds the budget gets all of it, so it runs by itself.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._taken = 0
        self._changed = threading.Condition()

    @contextmanager
    def share(self, amount: int = 0) -> Iterator[Share]:
        """A share of ``amount``, given back at the end of the block."""
        share = Share(self)
        share.resize(amount)
        try:
            yield share
        finally:
            share.resize(0)

    def change(self, share: Share, amount: int) -> None:
        wanted = min(amount, self._total)
        if share.amount and wanted > share.amount:
            raise ValueError("a share that holds something cannot grow")
        with self._changed:
            self._changed.wait_for(lambda: self._taken - share.amount + wanted <= self._total)
            self._taken += wanted - share.amount
            share.amount = wanted
            self._changed.notify_all()
