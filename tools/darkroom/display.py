"""A job's way, as bars on a terminal and as plain lines elsewhere."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Column

from darkroom import words
from darkroom.screen import Screen, is_terminal
from darkroom.watching import ENDED, Glance
from darkroom.words import Answer

PAUSE = 5.0
"""Seconds between two plain lines while a job is in one status."""


class Display(Protocol):
    """Shows how a job gets on while it is entered."""

    def uploading(self, label: str, sent: int, total: int) -> None: ...

    def show(self, glance: Glance) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...


def display(screen: Screen) -> Display:
    """What fits where the story is told."""
    if is_terminal(screen.story.file):
        return Bars(screen)
    return Lines(screen.line, quiet=screen.as_json)


class Lines:
    """A line when the status changes, and now and then in between."""

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._quiet = quiet
        self._clock = clock
        self._status = ""
        self._text = ""
        self._at = 0.0

    def uploading(self, label: str, sent: int, total: int) -> None:
        if sent == total:
            self._say(f"uploaded          {words.plain(label)}, {words.size(total)}")

    def show(self, glance: Glance) -> None:
        job, now = glance.job, self._clock()
        if job["status"] in ENDED:
            return
        text = _line(glance)
        same = job["status"] == self._status and glance.trouble is None
        if text == self._text or (same and now - self._at < PAUSE):
            return
        self._status, self._text, self._at = job["status"], text, now
        self._say(text)

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._write(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """There is nothing to put away."""


def _line(glance: Glance) -> str:
    job = glance.job
    if glance.trouble:
        return f"{job['status']:<16}  {glance.trouble} Trying again."
    parts = [words.progress(job)]
    if job["status"] == "processing":
        weight = job["bytes"]
        if weight["input"]:
            parts.append(words.saved(weight["input"], weight["output"]))
        if glance.seconds_left is not None:
            parts.append(f"about {words.duration(glance.seconds_left)} left")
        parts.insert(0, f"{words.percent(job['progress']):>5}")
    return f"{job['status']:<16}  {', '.join(parts)}".rstrip()


class Bars:
    """One bar for the images, one for the bytes that are left of them. They go when it is over."""

    def __init__(self, screen: Screen) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(
                bar_width=None,
                complete_style="green",
                table_column=Column(ratio=1, min_width=6, max_width=40),
            ),
            TextColumn("{task.fields[share]:>5}", markup=False),
            TextColumn("{task.fields[detail]}", markup=False),
            console=screen.story,
            transient=True,
            expand=True,
        )
        self._first = self._progress.add_task("", total=None, share="", detail="", visible=False)
        self._bytes = self._progress.add_task("", total=None, share="", detail="", visible=False)

    def uploading(self, label: str, sent: int, total: int) -> None:
        detail = f"{words.plain(label)}, {words.size(sent)} of {words.size(total)}"
        self._set(self._first, "uploading", sent, total, detail)

    def show(self, glance: Glance) -> None:
        job = glance.job
        detail = words.progress(job)
        if glance.seconds_left is not None:
            detail += f", about {words.duration(glance.seconds_left)} left"
        if glance.trouble:
            detail = f"{glance.trouble} Trying again."
        images, weight = job["images"], job["bytes"]
        counted = job["status"] == "processing"
        done = images["total"] - images["pending"] if counted else 0
        self._set(self._first, _label(job), done, images["total"] if counted else None, detail)
        if counted and weight["input"]:
            smaller = words.saved(weight["input"], weight["output"])
            self._set(self._bytes, "bytes", weight["output"], weight["input"], smaller)
        else:
            self._progress.update(self._bytes, visible=False)

    def _set(self, task: TaskID, label: str, done: int, total: int | None, detail: str) -> None:
        share = words.percent(done / total) if total else ""
        self._progress.update(
            task,
            description=label,
            completed=done,
            total=total,
            share=share,
            detail=detail,
            visible=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._progress.stop()


def _label(job: Answer) -> str:
    return str(job["status"]).replace("_", " ")
