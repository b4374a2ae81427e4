"""Arguments and options that several commands take."""

import os
from pathlib import Path
from typing import Annotated

import typer

from darkroom.client import Client
from darkroom.errors import UsageError
from darkroom.target import find
from darkroom.transport import Transport

LATEST = "latest"

Job = Annotated[
    str,
    typer.Argument(metavar="JOB", help="The job's id, or [bold]latest[/bold] for the newest one."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, in the API's own shapes.")]
Cursor = Annotated[
    str | None,
    typer.Option(metavar="CURSOR", help="Go on from here: next_cursor of an earlier --json."),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write it to this file, which is replaced once it is whole; - is standard output.",
    ),
]


def connect() -> Client:
    """A client of the Darkroom that the environment or the folder names."""
    return Client(find(os.environ, Path.cwd()), Transport())


def resolved(client: Client, job: str) -> str:
    """The job's id.

    Raises:
        UsageError: the newest one is asked for, and there is none.
    """
    if job != LATEST:
        return job
    newest = next(client.jobs(limit=1, cursor=None, status=None))["items"]
    if not newest:
        raise UsageError("There is no job yet: darkroom submit FILE makes one.")
    return str(newest[0]["job_id"])


def exclusive(*, as_json: bool, output: str | None) -> None:
    """Standard output has room for one answer."""
    if as_json and output == "-":
        raise UsageError("--json and --output - both want standard output: leave one out.")
