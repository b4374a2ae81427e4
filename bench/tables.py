"""Figures for machines, tables for people."""

from collections.abc import Sequence

Figures = dict[str, float]
"""Flat, by name, as ``.local/bench.json`` has them."""


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints rows under their head, the first column to the left and the others to the right."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    print(f"\n{title}")
    for row in (head, ["─" * width for width in widths], *rows):
        first, *others = (
            cell.ljust(w) if n == 0 else cell.rjust(w)
            for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *others]).rstrip())


def rounded(value: float) -> float:
    """To four significant digits: more would pretend to be repeatable."""
    return float(f"{value:.4g}")
