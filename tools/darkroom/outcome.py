"""A job to its end: watching it, and telling what came of it."""

import shlex
from itertools import islice

from darkroom import files, words
from darkroom.client import Client
from darkroom.display import Display, display
from darkroom.errors import CommandError, ExitCode, Interrupted
from darkroom.failures import Failure, read
from darkroom.screen import STYLES, Column, Screen
from darkroom.transport import is_transient
from darkroom.watching import exit_code, follow
from darkroom.words import Answer

SHOWN = 20
"""Failures that are shown without being asked for."""

FAILURES = (
    Column("Row", right=True),
    Column("Code"),
    Column("Column or URL", share=3),
    Column("Reason", share=2),
)


def to_the_end(
    client: Client, screen: Screen, job_id: str, *, output: str | None, each_change: bool = False
) -> ExitCode:
    """Watches a job until it has ended, writes its result, and says what came of it.

    Args:
        output: where the result CSV goes, if anywhere.
        each_change: with ``--json``, a line for each change instead of the last answer alone.

    Raises:
        Interrupted: it says how to come back.
    """
    again = f"Come back to it with: darkroom watch {job_id}"
    if output is not None:
        again += f" --output {shlex.quote(output)}"
    try:
        with display(screen) as shown:
            job = _watched(client, screen, job_id, shown, each_change=each_change)
        if output is not None and job["status"] == "completed":
            save(client, screen, job_id, "result", output)
    except KeyboardInterrupt:
        raise Interrupted(f"The job goes on. {again}") from None
    except CommandError as error:
        if is_transient(error) or error.code == ExitCode.USAGE:  # a full disk
            error.message += f"\n{again}"
        raise
    if screen.as_json:
        if not each_change:
            screen.answer(job)
    else:
        tell(screen, job)
        _tell_failures(client, screen, job)
    return exit_code(job)


def _watched(
    client: Client, screen: Screen, job_id: str, shown: Display, *, each_change: bool
) -> Answer:
    job: Answer = {}
    for glance in follow(client, job_id):
        shown.show(glance)
        if screen.as_json and each_change and glance.job != job:
            screen.answer(glance.job, compact=True)
        job = glance.job
    return job


def save(client: Client, screen: Screen, job_id: str, what: str, output: str) -> None:
    """Writes a job's ``result`` or ``failures`` to a file, or to standard output for ``-``."""
    with client.download(job_id, what) as pieces:
        size = files.write(output, pieces)
    if output != files.STDOUT:
        screen.hint(f"{what} written to {output}, {words.size(size)}")


def tell(screen: Screen, job: Answer) -> None:
    """The job in a few lines."""
    rows, images, weight = job["rows"], job["images"], job["bytes"]
    counts = [
        f"{images[status]:,} {status}"
        for status in ("succeeded", "failed", "pending")
        if images[status]
    ]
    lines = {
        "job": job["job_id"],
        "status": job["status"],
        "file": words.plain(job["filename"]) if job["filename"] else "",
        "rows": f"{rows['total']:,}"
        + (f", {rows['rejected']:,} rejected" if rows["rejected"] else ""),
        "images": f"{images['total']:,}" + (f": {', '.join(counts)}" if counts else ""),
        "bytes": words.saved(weight["input"], weight["output"]) if weight["input"] else "",
        "created": words.moment(job["created_at"]),
        "completed": words.moment(job["completed_at"]),
        "error": words.plain(f"{job['error']['code']}: {job['error']['message']}")
        if job["error"]
        else "",
    }
    for name, text in lines.items():
        if text:
            screen.line(
                f"{name:<10}  {text}", STYLES.get(job["status"]) if name == "status" else None
            )


def _tell_failures(client: Client, screen: Screen, job: Answer) -> None:
    if not job["images"]["failed"] and not job["rows"]["rejected"]:
        return
    try:
        with client.download(job["job_id"], "failures") as pieces:
            found = list(islice(read(pieces), SHOWN + 1))
    except CommandError as error:  # a job that was cancelled has no such file
        if job["status"] == "completed":
            screen.hint(f"The failures cannot be shown: {error.message}")
        return
    screen.line()
    table(screen, found[:SHOWN])
    if len(found) > SHOWN:
        screen.line(f"… and more: darkroom failures {job['job_id']}")


def table(screen: Screen, found: list[Failure], *, header: bool = True) -> None:
    """Failures with row, code, place and reason."""
    rows = (
        (
            "" if each["row"] is None else each["row"],
            each["code"],
            each["url"] or each["column"] or "",
            each["message"],
        )
        for each in found
    )
    screen.table(FAILURES, rows, header=header)
