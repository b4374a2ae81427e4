"""Storing the rows of a CSV, a chunk in a transaction."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from catalogue import limits
from catalogue.reader import Row
from database import csv_rows, images, jobs
from database.connection import Connection
from database.csv_rows import NewRow
from database.images import NewImage
from pipeline.errors import ImageErrorCode
from pipeline.options import StoreName
from pipeline.states import JobStatus

ROWS = 5_000
"""Rows in a chunk: few enough to lose in a crash, enough to make a transaction's cost small."""

CHARACTERS = 2_097_152
"""Characters in a chunk, which bounds the memory it takes however long the rows are."""

PRODUCT_CHARACTERS = 255
"""Of a product's name that go with its images; it is there to be searched for, not read."""


def cut(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in chunks of ``ROWS`` or some ``CHARACTERS``, whichever comes first."""
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += row.size
        if len(chunk) >= ROWS or size >= CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def store(
    connection: Connection, job_id: UUID, chunk: Sequence[Row], *, queued: int
) -> list[NewImage] | None:
    """Stores a chunk with the images it brings, and counts both, in one transaction.

    Args:
        queued: images before this position have been sent to the processor.

    Returns:
        the images that no earlier row had; None if the job does not wait for this chunk: another
        run has stored it, or the job is no longer being ingested.
    """
    with connection.transaction():
        job = jobs.lock(connection, job_id)
        if (
            job is None
            or job.status != JobStatus.INGESTING
            or job.rows_total != chunk[0].number - 1
        ):
            return None
        cells = [_storable(row) for row in chunk]
        problems = {_cut(url): why for row in chunk for url, why in row.invalid_urls.items()}
        urls = dict.fromkeys(url for cell in cells for url in cell)
        keeps_products = job.options.get("store") == StoreName.CLOUDINARY
        products = _products(chunk, cells) if keeps_products else {}
        places = images.positions(connection, job_id, urls)
        new = [url for url in urls if url not in places]
        added = [
            NewImage(
                position,
                url,
                (ImageErrorCode.INVALID_URL, problems[url]) if url in problems else None,
                products.get(url),
            )
            for position, url in enumerate(new, job.images_total)
        ]
        places.update({image.url: image.position for image in added})
        images.add(connection, job_id, added)
        csv_rows.add(
            connection,
            job_id,
            (
                NewRow(
                    row.number,
                    [places[url] for url in cell],
                    (row.error.code, row.error.column, row.error.message) if row.error else None,
                )
                for row, cell in zip(chunk, cells, strict=True)
            ),
        )
        jobs.add_ingested(
            connection,
            job_id,
            rows=len(chunk),
            rejected=sum(row.error is not None for row in chunk),
            images=len(added),
            failed_images=sum(image.error is not None for image in added),
            queued=queued,
        )
    return added


def _products(chunk: Sequence[Row], cells: Sequence[list[str]]) -> dict[str, str]:
    """By URL, the name in the first of its rows. An image may show many products; one that is as
    likely as any other is found again by it."""
    products: dict[str, str] = {}
    for row, cell in zip(chunk, cells, strict=True):
        for url in cell:
            products.setdefault(url, row.name[:PRODUCT_CHARACTERS])
    return products


def _storable(row: Row) -> list[str]:
    """The row's URLs. Invalid ones may be a megabyte long, and every page of images shows them."""
    return [_cut(url) for url in row.urls] if row.invalid_urls else row.urls


def _cut(url: str) -> str:
    return url if len(url) <= limits.URL_CHARACTERS else url[: limits.URL_CHARACTERS - 1] + "…"
