"""Rows in, outcomes recorded, results out: the data zone's functions, one after another, over the
same tables; each is its own handler in a process of its own."""

from bench import ingest, recorder, results
from bench.house import fill, house
from bench.tables import Figures

QUICK = (10, 10_000, 100_000)
FULL = (10, 10_000, 100_000, 1_000_000)
"""Rows of the jobs."""


def measure(*, full: bool) -> Figures:
    """All of it.

    Args:
        full: with a job of a million rows, and ten million images of other jobs in the table.
    """
    sizes = FULL if full else QUICK
    with house() as home:
        if full:
            fill(home)
        figures = ingest.measure(home, sizes)
        figures |= recorder.measure(home, sizes[-1])
        figures |= results.finish(home, sizes[-1])
        figures |= results.look(home, sizes)
        return figures | results.retire(home, sizes[-1])
