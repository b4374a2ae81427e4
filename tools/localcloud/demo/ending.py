"""The demo's last picture: what went in, what came out, and what to try next."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from darkroom import words
from darkroom.failures import Failure
from darkroom.words import Answer
from localcloud.demo.receiver import Delivery
from localcloud.demo.sample import ROWS
from localcloud.stack import Stack

WIDTH = 100
"""Columns at most: as wide as a README shows."""


def console() -> Console:
    """Standard output, in colours where it is a terminal."""
    console = Console(highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDTH)
    return console


def summary(
    job: Answer, failures: Sequence[Failure], arrived: Sequence[Delivery], *, origin: str
) -> RenderableType:
    """What became of the sample.

    Args:
        failures: as the API's file of failures has them.
        origin: address of the pictures' server, which is left out of their names.
    """
    rows, images, weight = job["rows"], job["images"], job["bytes"]
    named = sum(len(row.images) for row in ROWS if row.error is None)
    verified = sum(each.verified for each in arrived)
    saved = weight["input"] - weight["output"]
    facts = _grid()
    facts.add_row(
        "in", f"{rows['total']} rows that name {named} images, {images['total']} of them different"
    )
    facts.add_row(
        "out",
        f"{images['succeeded']} images, and a CSV of {rows['total']} rows with their new URLs",
    )
    facts.add_row("bytes", words.saved(weight["input"], weight["output"]))
    facts.add_row("", _bar(weight["input"], saved))
    facts.add_row("failed", f"{images['failed']} images; {rows['rejected']} rows rejected")
    facts.add_row("webhooks", f"{len(arrived)} arrived, {verified} of them with a valid signature")
    facts.add_row("took", words.duration(_seconds(job)))
    return Panel(
        Group(facts, Text(), _table(failures, origin)),
        title=f"Darkroom: {job['filename']} is {job['status']}",
        title_align="left",
        border_style="green",
        padding=(1, 2),
    )


def next_steps(stack: Stack) -> RenderableType:
    """Three things to try."""
    steps = _grid()
    steps.add_row("console", stack.console_url)
    steps.add_row("Swagger UI", stack.docs_url)
    steps.add_row("your own CSV", ".venv/bin/darkroom submit products.csv --output result.csv")
    return steps


def _bar(total: int, saved: int) -> ProgressBar:
    return ProgressBar(total=total, completed=saved, width=50, complete_style="green")


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _table(failures: Sequence[Failure], origin: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Row", justify="right")
    table.add_column("Code", style="red", no_wrap=True)
    table.add_column("Image or column", overflow="fold")
    table.add_column("Reason", overflow="fold")
    for each in failures:
        place = (each["url"] or each["column"] or "").removeprefix(f"{origin}/")
        table.add_row(
            str(each["row"]),
            each["code"],
            Text(words.plain(place)),
            Text(words.plain(each["message"])),
        )
    return table


def _seconds(job: Answer) -> float:
    begun, ended = (datetime.fromisoformat(job[name]) for name in ("created_at", "completed_at"))
    return (ended - begun).total_seconds()
