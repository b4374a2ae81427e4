"""``darkroom jobs``, ``images``, ``deliveries`` and ``redeliver``."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from darkroom import words
from darkroom.commands.options import Cursor, Job, Json, connect, resolved
from darkroom.screen import Column, Screen, is_terminal
from darkroom.words import Answer


class JobStatus(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    INGESTING = "ingesting"
    PROCESSING = "processing"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ImageStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


Limit = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Show at most this many; all if not given.")
]
JOBS = (
    Column("Job"),
    Column("Status"),
    Column("Created"),
    Column("Images", right=True),
    Column("Failed", right=True),
    Column("File", share=1),
)
IMAGES = (
    Column("Status"),
    Column("Source", share=1),
    Column("Output, or what went wrong", share=1),
    Column("Bytes", right=True),
    Column("Saved", right=True),
)
DELIVERIES = (
    Column("Delivery"),
    Column("Event"),
    Column("Status"),
    Column("Tries", right=True),
    Column("Last answer", share=1),
    Column("Next try"),
)


def jobs(
    status: Annotated[JobStatus | None, typer.Option(help="Only jobs of this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Show at most this many.")] = 20,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """List jobs, the newest first."""
    pages = connect().jobs(limit=limit, cursor=cursor, status=status)
    _show(
        Screen(as_json=as_json),
        pages,
        JOBS,
        _job,
        "There is no such job." if status else "There is no job yet.",
    )


def images(
    job: Job,
    status: Annotated[ImageStatus | None, typer.Option(help="Only images of this status.")] = None,
    limit: Limit = None,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """List the images of a job and what became of each."""
    client = connect()
    pages = client.images(resolved(client, job), limit=limit, cursor=cursor, status=status)
    _show(Screen(as_json=as_json), pages, IMAGES, _image, "There are no images.")


def deliveries(job: Job, limit: Limit = None, cursor: Cursor = None, as_json: Json = False) -> None:
    """List the webhooks of a job and what came back."""
    client = connect()
    pages = client.deliveries(resolved(client, job), limit=limit, cursor=cursor)
    _show(Screen(as_json=as_json), pages, DELIVERIES, _delivery, "There are no webhooks.")


def redeliver(
    delivery: Annotated[
        str, typer.Argument(metavar="DELIVERY", help="Its id, as [bold]deliveries[/bold] shows it.")
    ],
    as_json: Json = False,
) -> None:
    """Send a webhook again, whatever became of it before."""
    found = connect().redeliver(delivery)
    screen = Screen(as_json=as_json)
    if as_json:
        screen.answer(found)
    else:
        screen.line(f"{found['event']} is sent again to {words.plain(found['url'])}.")


def _show(
    screen: Screen,
    pages: Iterator[Answer],
    columns: Sequence[Column],
    row: Callable[[Answer, bool], Sequence[object]],
    nothing: str,
) -> None:
    if screen.as_json:
        screen.pages(pages)
        return
    people = is_terminal(screen.out.file)
    shown, page = 0, None
    for page in pages:
        if page["items"]:
            rows = (row(each, people) for each in page["items"])
            screen.table(columns, rows, header=not shown)
        shown += len(page["items"])
    if not shown:
        screen.hint(nothing)
    elif page and page["next_cursor"]:
        screen.hint(f"The first {shown:,}; --limit shows more.")


def _job(each: Answer, people: bool) -> Sequence[object]:
    return (
        each["job_id"],
        each["status"],
        words.ago(each["created_at"]) if people else each["created_at"],
        each["images"]["total"],
        each["images"]["failed"],
        each["filename"] or "",
    )


def _image(each: Answer, _: bool) -> Sequence[object]:
    before, after, error = each["input"], each["output"], each["error"]
    outcome = f"{error['code']}: {error['message']}" if error else each["output_url"] or ""
    size = words.size(after["bytes"]) if after else ""
    share = words.share_saved(before["bytes"], after["bytes"]) if before and after else ""
    return each["status"], each["source_url"], outcome, size, share


def _delivery(each: Answer, people: bool) -> Sequence[object]:
    tries = each["attempts"]
    last = (tries[-1]["status_code"] or tries[-1]["error"]) if tries else ""
    return (
        each["delivery_id"],
        each["event"],
        each["status"],
        len(tries),
        last,
        words.ago(each["next_attempt_at"]) if people else each["next_attempt_at"] or "",
    )
