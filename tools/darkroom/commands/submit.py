"""``darkroom submit``."""

import uuid
from enum import StrEnum
from typing import Annotated, Any

import typer

from darkroom import files, uploads
from darkroom.client import Client
from darkroom.commands.options import Json, connect, exclusive
from darkroom.display import display
from darkroom.errors import CommandError, Interrupted
from darkroom.outcome import to_the_end
from darkroom.screen import Screen
from darkroom.transport import is_transient


class Format(StrEnum):
    AUTO = "auto"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    KEEP = "keep"


class Store(StrEnum):
    S3 = "s3"
    CLOUDINARY = "cloudinary"


def submit(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The CSV; - is standard input.")],
    *,
    webhook_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where to send the job's events.")
    ] = None,
    quality: Annotated[
        int | None, typer.Option(min=1, max=100, metavar="N", help="1 to 100; 50 if not given.")
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="auto if not given: JPEG, or WebP.")
    ] = None,
    max_width: Annotated[
        int | None, typer.Option(min=1, max=16_383, metavar="PIXELS", help="Shrink to this width.")
    ] = None,
    max_height: Annotated[
        int | None, typer.Option(min=1, max=16_383, metavar="PIXELS", help="Shrink to this height.")
    ] = None,
    store: Annotated[
        Store | None, typer.Option(help="Where images are kept; the installation's own choice.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Watch the job until it has ended.")] = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Wait, and write the result CSV to this file, which is replaced once it is whole; "
            "- is standard output.",
        ),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="Names this submission: sent again with the same key, it leads to the same job.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Send a CSV of up to 200 MB and start a job.

    Prints the job's id. With --wait or --output, it goes on as [bold]watch[/bold] does.
    """
    wait = wait or output is not None
    exclusive(as_json=as_json, output=output)
    if output is not None:
        files.check(output, source=None if file == uploads.STDIN else file)
    screen = Screen(as_json=as_json, taken=not wait or output == files.STDOUT)
    client = connect()
    asked: dict[str, Any] = {
        "quality": quality,
        "format": format_,
        "max_width": max_width,
        "max_height": max_height,
        "store": store,
    }
    request = {
        "webhook_url": webhook_url,
        "options": {name: value for name, value in asked.items() if value is not None},
    }
    job_id = _sent(client, screen, file, request, idempotency_key or str(uuid.uuid4()))
    if wait:
        if not as_json:
            screen.line(f"job {job_id}")
        raise typer.Exit(to_the_end(client, screen, job_id, output=output))
    if as_json:
        screen.answer(client.job(job_id))
    else:
        print(job_id, flush=True)
        screen.hint(f"See how far it is with: darkroom watch {job_id}")


def _sent(client: Client, screen: Screen, file: str, request: dict[str, Any], key: str) -> str:
    again = f"The same command with --idempotency-key {key} carries on with the same job."
    with uploads.opened(file) as source:
        request = request | {"filename": source.name}
        try:
            with display(screen) as shown:
                return uploads.send(
                    client,
                    request,
                    source,
                    key=key,
                    report=lambda sent: shown.uploading(source.label, sent, source.size),
                )
        except KeyboardInterrupt:
            raise Interrupted(f"Stopped while the CSV was sent. {again}") from None
        except CommandError as error:
            if is_transient(error):
                error.message += f"\n{again}"
            raise
