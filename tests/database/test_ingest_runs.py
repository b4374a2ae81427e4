"""Ingest against a real PostgreSQL and moto's S3 and SQS, undisturbed."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from catalogue import limits
from database import jobs
from ingest import chunks, ingestion
from ingest.uploads import Upload, UploadMissing, Uploads
from pipeline import keys
from pipeline.errors import FileErrorCode
from pipeline.messages import IngestUpload
from pipeline.options import StoreName
from pipeline.states import JobStatus
from tests.ingest_world import BUCKET, HOOK, TABLE, URLS, World


def test_an_upload_becomes_rows_images_and_messages(world: World) -> None:
    job = world.upload(TABLE)
    world.run(job)
    assert [code for *_, code in world.rows(job) if code] == [
        "missing_name",
        "invalid_url",
        "ragged_row",
    ]
    assert world.images(job)[3] == (3, "nope", "failed")
    assert world.job(job).source_version is not None
    (delivery,) = world.messages("deliveries")
    body = json.loads(delivery["body"])
    assert body["type"] == "job.processing"
    assert body["data"]["status"] == "processing"
    assert body["data"]["images"] == {"total": 7, "pending": 6, "succeeded": 0, "failed": 1}
    world.assert_ingested(job)


def test_a_message_tells_the_processor_all_it_needs(world: World) -> None:
    job = world.upload(b"name,images\nCup,https://a.example/1.jpg\n")
    world.run(job)
    assert world.messages("images") == [
        {
            "tenant_id": str(world.tenant_id),
            "job_id": str(job.job_id),
            "position": 0,
            "url": "https://a.example/1.jpg",
            "options": {"quality": 40, "format": "auto"},
        }
    ]


def test_a_store_that_keeps_names_is_told_of_the_first_product(world: World) -> None:
    rows = ["name,images", "Red cup,https://a.example/1.jpg", "Cup,https://a.example/1.jpg"]
    rows += ["J" * 300 + ",https://a.example/2.jpg"]
    products = {}
    for store in StoreName:
        job = world.upload("\n".join(rows).encode(), store=store)
        world.run(job)
        products[store] = {
            each["position"]: each.get("product") for each in world.messages("images")
        }
    assert products == {"s3": {0: None, 1: None}, "cloudinary": {0: "Red cup", 1: "J" * 255}}


def test_a_url_in_many_rows_is_one_image_and_one_message(world: World) -> None:
    job = world.upload(b"name,images\n" + b"Cup,https://a.example/1.jpg\n" * 20)
    world.run(job)
    assert len(world.images(job)) == len(world.messages("images")) == 1
    assert {tuple(positions) for _, positions, _ in world.rows(job)} == {(0,)}


def test_the_same_url_in_two_jobs_is_an_image_of_each(world: World) -> None:
    first, second = world.upload(TABLE), world.upload(TABLE)
    world.run(first)
    world.assert_ingested(first)
    world.run(second)
    world.assert_ingested(second)


def test_a_finished_ingest_is_not_begun_again(world: World) -> None:
    job = world.upload(TABLE)
    world.run(job)
    before = world.job(job)
    world.run(job)
    assert world.job(job) == before
    world.assert_ingested(job)


def test_an_overlong_invalid_url_is_stored_cut(world: World) -> None:
    long = b"https://a.example/" + b"x" * 100_000
    job = world.upload(b"name,images\nCup,https://a.example/1.jpg " + long + b"\n")
    world.run(job)
    (_, url, status) = world.images(job)[1]
    assert (len(url), status) == (limits.URL_CHARACTERS, "failed")


REJECTED = {
    "empty": (b"", FileErrorCode.EMPTY_FILE, "empty"),
    "header alone": (b"name,images\n", FileErrorCode.NO_VALID_ROWS, "no rows"),
    "no image column": (b"name,picture\nCup,x\n", FileErrorCode.MISSING_COLUMN, "picture"),
    "open quote": (TABLE + b'11,"Ladle,x\n', FileErrorCode.UNCLOSED_QUOTE, "row 11"),
    "workbook": (b"PK\x03\x04....", FileErrorCode.NOT_A_CSV, "Excel"),
}


@pytest.mark.parametrize(("data", "code", "words"), REJECTED.values(), ids=REJECTED)
def test_a_file_that_cannot_be_used_is_rejected_whole(
    world: World, data: bytes, code: FileErrorCode, words: str
) -> None:
    job = world.upload(data)
    world.run(job)
    now = world.job(job)
    assert (now.status, now.error_code) == (JobStatus.REJECTED, code)
    assert words in str(now.error_message)
    assert now.completed_at is not None
    assert world.messages("images") == []
    assert world.events(job) == ["job.rejected"]
    (delivery,) = world.messages("deliveries")
    assert json.loads(delivery["body"])["data"]["error"]["code"] == code
    world.run(job)
    assert world.job(job) == now


def test_a_file_without_a_good_row_goes_to_the_finisher_which_rejects_it(world: World) -> None:
    job = world.upload(b"name,images\nCup,nope\n,https://a.example/1.jpg\n")
    world.run(job)
    now = world.job(job)
    assert (now.status, now.rows_total, now.rows_rejected) == (JobStatus.FINALIZING, 2, 2)
    assert world.messages("finished") == [{"job_id": str(job.job_id)}]
    assert world.messages("images") == []
    assert world.events(job) == []


def test_a_file_that_is_too_large_is_rejected_unread(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unreadable(Uploads):
        def chunks(self, upload: Upload) -> Iterator[bytes]:
            raise AssertionError("nobody must read this")

    monkeypatch.setattr(limits, "BYTES", 100)
    job = world.upload(TABLE)
    world.run(job, uploads=Unreadable(world.s3, BUCKET))
    assert world.job(job).error_code == FileErrorCode.FILE_TOO_LARGE


def test_a_job_without_webhook_opens_no_delivery(world: World) -> None:
    job = world.upload(TABLE, webhook_url=None)
    world.run(job)
    assert world.events(job) == []
    assert world.messages("deliveries") == []


def test_a_missing_object_is_tried_again_and_leaves_the_job_waiting(world: World) -> None:
    job = world.job_without_upload()
    with pytest.raises(UploadMissing):
        world.run(job)
    assert world.job(job).status == JobStatus.AWAITING_UPLOAD


def test_a_missing_object_of_a_final_job_is_nothing_to_do(world: World) -> None:
    job = world.job_without_upload()
    jobs.move(world.connection, job.job_id, JobStatus.EXPIRED)
    world.run(job)
    assert world.job(job).status == JobStatus.EXPIRED


def test_the_images_of_a_retry_are_sent_and_no_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = world.upload(TABLE)
    world.run(job)
    for queue in ("images", "deliveries"):
        world.messages(queue)
    world.connection.execute(
        "UPDATE images SET status = 'succeeded' WHERE position NOT IN (2, 3, 4, 5);"
        "UPDATE jobs SET images_queued = 2, retries = 1, images_succeeded = 3"
    )
    monkeypatch.setattr(ingestion, "RESENT", 2)
    seconds = iter([900, 10])
    world.ingestion.run(IngestUpload(job_id=job.job_id), remaining=lambda: next(seconds))
    assert sorted(each["position"] for each in world.messages("images")) == [2, 4]
    assert (world.job(job).images_queued, len(world.messages("uploads"))) == (5, 1)
    for _ in range(2):
        world.run(job)
    assert [(each["position"], each["retry"]) for each in world.messages("images")] == [(5, 1)]
    assert world.job(job).images_queued == len(URLS)
    assert world.messages("uploads") == []


def test_a_retry_of_very_many_images_makes_them_pending_and_sends_them(world: World) -> None:
    job = world.upload(TABLE)
    world.run(job)
    world.messages("images")
    world.connection.execute(
        "UPDATE images SET status = 'failed', error_code = 'timeout' WHERE position IN (1, 3);"
        "UPDATE jobs SET images_queued = 1, retries = 1, images_failed = 2"
    )
    world.run(job)
    assert {each["position"] for each in world.messages("images")} >= {1, 3}
    now = world.job(job)
    assert (now.images_failed, now.images_queued) == (0, len(URLS))


def test_a_retry_whose_outcomes_came_first_is_closed(world: World) -> None:
    job = world.upload(TABLE)
    world.run(job)
    world.messages("finished")
    world.connection.execute(
        "UPDATE images SET status = 'succeeded';"
        "UPDATE jobs SET images_queued = 1, retries = 1, images_succeeded = images_total,"
        " images_failed = 0"
    )
    for _ in range(2):
        world.run(job)
    assert world.job(job).status == JobStatus.FINALIZING
    assert [each["job_id"] for each in world.messages("finished")] == [str(job.job_id)]


def test_a_job_that_is_cancelled_meanwhile_stops_at_its_next_chunk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "ROWS", 2)
    store, stored = chunks.store, []

    def then_cancelled(*arguments: Any, **more: Any) -> Any:
        stored.append(store(*arguments, **more))
        jobs.move(world.connection, job.job_id, JobStatus.CANCELLED)
        return stored[-1]

    monkeypatch.setattr(chunks, "store", then_cancelled)
    job = world.upload(TABLE)
    world.run(job)
    now = world.job(job)
    assert (now.status, now.rows_total) == (JobStatus.CANCELLED, 2)
    assert len(stored) == 2
    assert stored[1] is None
    world.run(job)
    assert world.job(job) == now


def test_a_job_that_is_unknown_is_nothing_to_do(world: World) -> None:
    world.ingestion.run(IngestUpload(job_id=uuid4()), remaining=lambda: 900)


def test_the_version_that_ingest_began_with_counts(world: World) -> None:
    job = world.upload(TABLE)
    first = world.s3.head_object(Bucket=BUCKET, Key=keys.upload(job.job_id))["VersionId"]
    jobs.begin_ingest(world.connection, job.job_id, version_id=first)
    world.s3.put_object(Bucket=BUCKET, Key=keys.upload(job.job_id), Body=b"name,images\n")
    world.run(job)
    world.assert_ingested(job)
    assert world.job(job).source_version == first


def test_a_bucket_without_versions_works_too(world: World) -> None:
    world.s3.create_bucket(Bucket="plain")
    job = world.job_without_upload(webhook_url=HOOK)
    world.s3.put_object(Bucket="plain", Key=keys.upload(job.job_id), Body=TABLE)
    world.run(job, uploads=Uploads(world.s3, "plain"))
    world.assert_ingested(job)


def test_a_cell_that_is_no_text_never_reaches_the_database(world: World) -> None:
    rows = [b"name,images", b"C\xffp,https://a.example/1.jpg", b"C\0p,https://a.example/2.jpg"]
    job = world.upload(b"\n".join([*rows, b"Cup,https://a.example/3.jpg"]))
    world.run(job)
    assert [code for *_, code in world.rows(job)] == ["invalid_encoding", "invalid_encoding", None]


def test_long_rows_make_short_chunks(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    stored: list[int] = []
    store: Callable[..., Any] = chunks.store

    def counted(*arguments: Any, **named: Any) -> Any:
        stored.append(len(arguments[2]))
        return store(*arguments, **named)

    monkeypatch.setattr(chunks, "ROWS", 100)
    monkeypatch.setattr(chunks, "CHARACTERS", 120)
    monkeypatch.setattr(chunks, "store", counted)
    job = world.upload(TABLE)
    world.run(job)
    assert stored == [4, 4, 2]
    world.assert_ingested(job)
