"""Processes to be measured, on a core of their own, that are asked and answer in lines of JSON."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from bench.places import ROOT


def cores() -> tuple[int | None, int | None]:
    """One core for whoever is measured and one for the far ends; none where they cannot be chosen,
    or where there is only one."""
    if not hasattr(os, "sched_setaffinity"):
        return None, None
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


MEASURED, FAR = cores()


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Processes started inside the block may only use this core, and so may what they start."""
    if core is None:
        yield
        return
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)


def talk(message: Mapping[str, object], answers: TextIO | None = None) -> None:
    """What a child says to whoever started it, on its standard output if not told otherwise."""
    print(json.dumps(message), file=answers, flush=True)


class Child:
    """A process that answers each question with one line. Ends with its ``with`` block.

    Args:
        core: the only one it may use, if cores can be chosen.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        core: int | None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._command = " ".join(str(part) for part in command[:3])
        with on_core(core):
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def answer(self) -> dict[str, Any]:
        """The next line it says.

        Raises:
            RuntimeError: it ended without a word.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._command} ended with {self._process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def say(self, **question: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()

    def ask(self, **question: object) -> dict[str, Any]:
        self.say(**question)
        return self.answer()


def python(module: str, *arguments: str | Path) -> list[str | Path]:
    """The command that runs a module of ours in the interpreter that runs this."""
    return [sys.executable, "-m", module, *arguments]
