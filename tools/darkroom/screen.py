"""What a command prints, and where: answers on standard output, hints on standard error."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from darkroom.words import Answer, plain

STYLES = {
    "completed": "green",
    "succeeded": "green",
    "delivered": "green",
    "failed": "red",
    "rejected": "red",
    "cancelled": "yellow",
    "expired": "yellow",
}


@dataclass(frozen=True)
class Column:
    """``share``: of the width that the columns without one leave."""

    name: str
    share: int = 0
    right: bool = False


class Screen:
    """Standard output and standard error.

    Args:
        as_json: the answer goes to standard output as JSON, and nothing else does.
        taken: standard output is taken by something else, a CSV for example.
    """

    def __init__(self, *, as_json: bool = False, taken: bool = False) -> None:
        self.as_json = as_json
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)
        self.story = self.err if as_json or taken else self.out
        """Where people read how the command goes on."""

    def hint(self, text: str) -> None:
        """Something for the person, that is no part of the answer."""
        if not self.as_json:
            print(text, file=sys.stderr, flush=True)

    def line(self, text: str = "", style: str | None = None) -> None:
        """A line of the story, as long as it is."""
        stream = self.story.file
        if is_terminal(stream):
            self.story.print(Text(text, style=style or ""), soft_wrap=True)
        else:
            print(text, file=stream, flush=True)

    def answer(self, content: Answer, *, compact: bool = False) -> None:
        """The answer as JSON, in the API's own shape."""
        print(json.dumps(content, indent=None if compact else 2), flush=True)

    def pages(self, pages: Iterable[Answer]) -> None:
        """Pages of a list as one, written as they come: ``{"items": […], "next_cursor": …}``."""
        begun, cursor = False, None
        for page in pages:
            for item in page["items"]:
                self.out.file.write((",\n" if begun else '{"items": [\n') + json.dumps(item))
                begun = True
            cursor = page["next_cursor"]
        opening = "\n" if begun else '{"items": ['
        print(f'{opening}], "next_cursor": {json.dumps(cursor)}}}', file=self.out.file, flush=True)

    def table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[object]], *, header: bool = True
    ) -> None:
        """Rows for people; in a pipe a line each, with tabs between cells and no header."""
        texts = ([plain(cell) for cell in row] for row in rows)
        if not is_terminal(self.story.file):
            for row in texts:
                print("\t".join(row), file=self.story.file)
            return
        table = Table(
            box=None, pad_edge=False, show_header=header, header_style="bold", expand=True
        )
        for column in columns:
            table.add_column(
                column.name,
                ratio=column.share or None,
                no_wrap=not column.share,
                overflow="fold",
                justify="right" if column.right else "left",
            )
        for row in texts:
            table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
        self.story.print(table)


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person looks at it, on something that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _console(stream: IO[str]) -> Console:
    return Console(
        file=stream, highlight=False, markup=False, emoji=False, force_terminal=is_terminal(stream)
    )
