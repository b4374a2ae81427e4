from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import psycopg
import pytest

from database import csv_rows, images
from database.connection import Connection
from database.csv_rows import NewRow
from database.images import NewImage, PendingImage
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.states import ImageStatus, JobStatus

NewJob = Callable[..., Job]
URLS = [f"https://shop.example/{n}.jpg" for n in range(6)]


@pytest.fixture
def job_id(new_job: NewJob) -> UUID:
    """A job that has no images yet."""
    return new_job(JobStatus.INGESTING).job_id


def plan(connection: Connection, statement: str, arguments: dict[str, object]) -> str:
    """How PostgreSQL goes about it when small tables do not tempt it to read them whole."""
    with connection.transaction():
        connection.execute("SET LOCAL enable_seqscan = off")
        rows = connection.execute(f"EXPLAIN {statement}", arguments)
        return "\n".join(line for (line,) in rows)


def test_urls_of_a_job_are_found_again(connection: Connection, job_id: UUID) -> None:
    images.add(connection, job_id, [NewImage(n, url) for n, url in enumerate(URLS)])
    assert images.positions(connection, job_id, [URLS[4], "https://new.example", URLS[1]]) == {
        URLS[4]: 4,
        URLS[1]: 1,
    }
    assert images.positions(connection, job_id, []) == {}


def test_another_jobs_urls_are_not(connection: Connection, new_job: NewJob, job_id: UUID) -> None:
    new_job(images=1)
    assert images.positions(connection, job_id, ["https://shop.example/0.jpg"]) == {}


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="empty"),
        pytest.param("https://müller.example/☕", id="not ASCII"),
        pytest.param("x" * 100_000, id="very long"),
        pytest.param("\ud800", id="half a surrogate pair"),
    ],
)
def test_any_text_has_a_digest_of_sixteen_bytes(url: str) -> None:
    assert len(images.digest(url)) == 16
    assert images.digest(url) != images.digest(url + "x")


def test_a_url_stands_once_in_a_job(connection: Connection, job_id: UUID) -> None:
    images.add(connection, job_id, [NewImage(0, URLS[0])])
    with pytest.raises(psycopg.errors.UniqueViolation):
        images.add(connection, job_id, [NewImage(1, URLS[0])])
    assert len(images.page(connection, job_id, status=None, after=-1, limit=9)) == 1


def test_an_image_that_cannot_be_fetched_is_stored_as_failed(
    connection: Connection, job_id: UUID
) -> None:
    wrong = NewImage(0, "nope", error=(ImageErrorCode.INVALID_URL, "This is no URL."))
    images.add(connection, job_id, [wrong, NewImage(1, URLS[1])])
    first, second = images.page(connection, job_id, status=None, after=-1, limit=9)
    assert (first.status, first.error_code, first.error_message) == (
        "failed",
        "invalid_url",
        "This is no URL.",
    )
    assert isinstance(first.finished_at, datetime)
    assert (second.status, second.error_code, second.finished_at) == ("pending", None, None)


def fill(connection: Connection, job_id: UUID) -> None:
    """Six images: even positions failed, odd ones pending."""
    error = (ImageErrorCode.INVALID_URL, "This is no URL.")
    images.add(
        connection,
        job_id,
        [
            NewImage(n, url, error=None if n % 2 else error, product=f"Cup {n}")
            for n, url in enumerate(URLS)
        ],
    )


def test_pages_walk_through_a_job_in_order(connection: Connection, job_id: UUID) -> None:
    fill(connection, job_id)

    def page(status: ImageStatus | None, *, after: int, limit: int) -> list[int]:
        found = images.page(connection, job_id, status=status, after=after, limit=limit)
        return [image.position for image in found]

    assert page(None, after=-1, limit=10) == [0, 1, 2, 3, 4, 5]
    assert page(None, after=1, limit=2) == [2, 3]
    assert page(None, after=5, limit=10) == []
    assert page(ImageStatus.FAILED, after=-1, limit=10) == [0, 2, 4]
    assert page(ImageStatus.FAILED, after=0, limit=1) == [2]
    assert page(ImageStatus.PENDING, after=2, limit=10) == [3, 5]
    assert page(ImageStatus.SUCCEEDED, after=-1, limit=10) == []


def test_pending_images_are_found_from_a_position_on(connection: Connection, job_id: UUID) -> None:
    fill(connection, job_id)
    third, fifth = PendingImage(3, URLS[3], "Cup 3"), PendingImage(5, URLS[5], "Cup 5")
    assert images.pending(connection, job_id, since=2, limit=9) == [third, fifth]
    assert images.pending(connection, job_id, since=3, limit=1) == [third]


def test_both_kinds_of_pages_follow_an_index_without_sorting(
    connection: Connection, job_id: UUID
) -> None:
    arguments: dict[str, object] = {"job_id": job_id, "after": 5, "limit": 9, "status": "failed"}
    for statement in (images.PAGE, images.PAGE_OF_STATUS):
        chosen = plan(connection, statement, arguments)
        assert "Index Scan" in chosen
        assert "Sort" not in chosen


def test_result_rows_come_in_order_with_what_became_of_their_images(
    connection: Connection, job_id: UUID
) -> None:
    fill(connection, job_id)
    connection.execute("UPDATE images SET output_url = 'out' || position WHERE position = 3")
    error = ("missing_name", "Product Name", "The row has no product name.")
    rows = [NewRow(1, [3, 0]), NewRow(2, error=error), NewRow(3, [0, 3, 3])]
    csv_rows.add(connection, job_id, rows)
    for chunk in (1, 2, 3, 100):
        first, second, third = csv_rows.results(connection, job_id, chunk=chunk)
        assert (first.number, second.number, third.number) == (1, 2, 3)
        assert first.urls == [URLS[3], URLS[0]]
        assert first.output_urls == ["out3", None]
        assert first.error_codes == [None, "invalid_url"]
        assert (second.error_code, second.error_column, second.error_message) == error
        assert (second.urls, second.output_urls, second.error_codes) == ([], [], [])
        assert third.urls == [URLS[0], URLS[3], URLS[3]]
        assert third.output_urls == [None, "out3", "out3"]


def test_a_job_without_rows_has_no_result_rows(connection: Connection, job_id: UUID) -> None:
    assert list(csv_rows.results(connection, job_id)) == []
