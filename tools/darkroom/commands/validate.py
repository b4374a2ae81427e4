"""``darkroom validate``."""

import codecs
import sys
from typing import Annotated

import typer

from darkroom import uploads
from darkroom.commands.options import Json, connect
from darkroom.errors import ExitCode
from darkroom.screen import Column, Screen
from darkroom.words import Answer, count, percent, plain

COLUMNS = (
    Column("Row", right=True),
    Column("Column", share=1),
    Column("Code"),
    Column("Reason", share=3),
)
LARGEST = 4 * 1024 * 1024
"""Bytes that the API checks at once."""


def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The CSV; - is standard input.")],
    as_json: Json = False,
) -> None:
    """Check a CSV without making a job: every error with its row and column.

    Of a file larger than 4 MB the first part is checked. The exit code is 3 if there are errors.
    """
    client = connect()
    screen = Screen(as_json=as_json)
    with uploads.opened(file) as source:
        content = source.file.read(LARGEST + 1)
        whole = len(content) <= LARGEST
        if not whole:
            content = beginning(content)
            share = percent(len(content) / source.size)
            print(
                f"Only the first {share} of {source.label} is checked: the rows of the first 4 MB. "
                "A job reads it whole.",
                file=sys.stderr,
            )
        found = client.validate(content, source.name or "upload.csv")
    if as_json:
        screen.answer(found)
    else:
        _tell(screen, found, whole=whole)
    raise typer.Exit(ExitCode.DONE if found["valid"] else ExitCode.WITH_FAILURES)


def beginning(content: bytes) -> bytes:
    """As many whole rows as the API takes: up to the last line's end that no quotes are around."""
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if utf_16 else "latin-1"
    text = content[:LARGEST].decode(encoding, "ignore")
    end = len(text)
    parts = text.split('"')
    for number in reversed(range(len(parts))):
        start = end - len(parts[number])
        at = text.rfind("\n", start, end) if number % 2 == 0 else -1  # every other is in quotes
        if at > 0:
            return text[: at + 1].encode(encoding)
        end = start - 1
    return content[:LARGEST]


def _tell(screen: Screen, found: Answer, *, whole: bool) -> None:
    rows, images = found["rows"], found["images"]
    if rows["total"]:
        used = ", ".join(
            f"{each['name']} ({each['role'].replace('_', ' ')})"
            for each in found["columns"]
            if each["role"]
        )
        screen.line(f"columns   {plain(used)}")
        screen.line(f"rows      {rows['total']:,}, {rows['rejected']:,} of them to be rejected")
        screen.line(f"images    {images['total']:,}, {images['invalid']:,} of them with no URL")
    if found["valid"]:
        screen.line("Nothing is wrong with it.", "green")
        return
    screen.line()
    screen.table(COLUMNS, map(_row, found["errors"]))
    more = found["errors_total"] - len(found["errors"])
    if more:
        screen.line(f"… and {count(more, 'error')} more.")
    if not found["usable"]:
        subject = "it" if whole else "these rows alone"
        screen.line(f"A job of {subject} would be rejected.", "red")


def _row(error: Answer) -> tuple[object, ...]:
    url = error.get("url")
    message = f"{error['message']} {url}" if url else error["message"]
    return error["row"] or "", error["column"] or "", error["code"], message
