"""``darkroom status``, ``watch``, ``cancel`` and ``retry``."""

from typing import Annotated

import typer

from darkroom import files
from darkroom.commands.options import Job, Json, Output, connect, exclusive, resolved
from darkroom.outcome import tell, to_the_end
from darkroom.screen import Screen


def status(job: Job, as_json: Json = False) -> None:
    """Show how far a job is.

    The exit code is 0 whatever its status is; that of [bold]watch[/bold] tells how a job ended.
    """
    client = connect()
    found = client.job(resolved(client, job))
    screen = Screen(as_json=as_json)
    if as_json:
        screen.answer(found)
    else:
        tell(screen, found)


def watch(job: Job, output: Output = None, as_json: Json = False) -> None:
    """Follow a job until it has ended, and show what came of it.

    Ctrl-C leaves the job running. With --json, each change is printed as one line.

    The exit code is 0 if all went well, 3 if images failed or rows were rejected,
    and 4 if there is no result.
    """
    exclusive(as_json=as_json, output=output)
    if output is not None:
        files.check(output)
    client = connect()
    screen = Screen(as_json=as_json, taken=output == files.STDOUT)
    job_id = resolved(client, job)
    raise typer.Exit(to_the_end(client, screen, job_id, output=output, each_change=True))


def cancel(job: Job, as_json: Json = False) -> None:
    """Stop what of a job has not started. A cancelled job has no result."""
    client = connect()
    found = client.cancel(resolved(client, job))
    screen = Screen(as_json=as_json)
    if as_json:
        screen.answer(found)
    else:
        tell(screen, found)


def retry(
    job: Job,
    wait: Annotated[bool, typer.Option("--wait", help="Watch the job until it has ended.")] = False,
    as_json: Json = False,
) -> None:
    """Process the failed images of a completed job again."""
    client = connect()
    job_id = resolved(client, job)
    found = client.retry(job_id)
    screen = Screen(as_json=as_json)
    if wait:
        raise typer.Exit(to_the_end(client, screen, job_id, output=None))
    if as_json:
        screen.answer(found)
    else:
        tell(screen, found)
        screen.hint(f"See how far it is with: darkroom watch {job_id}")
