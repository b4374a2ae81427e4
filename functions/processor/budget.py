"""A bound on what is held in memory at once, however large the batch."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Share:
    """What one image holds of a budget."""

    def __init__(self, budget: "Budget") -> None:
        self._budget = budget
        self.amount = 0

    def resize(self, amount: int, *, patience: float | None = None) -> bool:
        """Holds ``amount`` from now on; waits while there is not so much left.

        Whoever holds a part must not wait for more, or two could wait for each other for ever: a
        share grows only from nothing.

        Args:
            patience: seconds to wait; as long as it takes if there is none.

        Returns:
            whether it holds ``amount``; if not, it holds what it held.
        """
        return self._budget.change(self, amount, patience)


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

    def change(self, share: Share, amount: int, patience: float | None = None) -> bool:
        """As ``Share.resize``."""
        wanted = min(amount, self._total)
        if share.amount and wanted > share.amount:
            raise ValueError("a share that holds something cannot grow")
        with self._changed:
            if not self._changed.wait_for(
                lambda: self._taken - share.amount + wanted <= self._total, timeout=patience
            ):
                return False
            self._taken += wanted - share.amount
            share.amount = wanted
            self._changed.notify_all()
        return True
