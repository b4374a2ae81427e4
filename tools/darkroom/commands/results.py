"""``darkroom result`` and ``failures``: what a job leaves to be downloaded."""

from itertools import islice

from darkroom import files
from darkroom.commands.options import Job, Json, Output, connect, exclusive, resolved
from darkroom.failures import read
from darkroom.outcome import save, table
from darkroom.screen import Screen

BLOCK = 500
"""Failures shown at once."""


def result(job: Job, output: Output = None) -> None:
    """Get the result CSV of a completed job, on standard output unless --output names a file."""
    output = output or files.STDOUT
    files.check(output)
    client = connect()
    save(client, Screen(), resolved(client, job), "result", output)


def failures(job: Job, output: Output = None, as_json: Json = False) -> None:
    """Show the rejected rows and the failed images of a job, with their reasons.

    With --output, write the rows as a CSV instead, to mend and submit again.
    """
    exclusive(as_json=as_json, output=output)
    screen = Screen(as_json=as_json)
    if output is not None:
        files.check(output)
    client = connect()
    job_id = resolved(client, job)
    if output is not None:
        save(client, screen, job_id, "failures", output)
        return
    with client.download(job_id, "failures") as pieces:
        found = read(pieces)
        if as_json:
            screen.pages([{"items": found, "next_cursor": None}])
            return
        block = list(islice(found, BLOCK))
        if not block:
            screen.hint("Nothing failed.")
        first = True
        while block:
            table(screen, block, header=first)
            block, first = list(islice(found, BLOCK)), False
