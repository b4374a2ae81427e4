"""Ingest against a real PostgreSQL and moto's S3 and SQS: once, twice at a time, and killed."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import chain, repeat
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from aws_lambda_powertools import Logger
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient
from pydantic import BaseModel

from catalogue import limits
from database import deliveries, jobs, outcomes
from database.connection import Connection, Database
from ingest import chunks, ingestion
from ingest.ending import Ending
from ingest.ingestion import Ingestion
from ingest.uploads import Upload, UploadMissing, Uploads
from pipeline import keys
from pipeline.errors import FileErrorCode
from pipeline.job import Job, JobView
from pipeline.messages import ImageFinished, IngestUpload, OutputImage, ProcessImage, SourceImage
from pipeline.options import ImageOptions, StoreName
from pipeline.queues import Queue
from pipeline.states import ImageStatus, JobStatus

BUCKET = "uploads"
API_URL = "https://api.example"
HOOK = "https://shop.example/hook"

TABLE = b"".join(
    [
        b"sku,name,image_url\n",
        b'1,Cup,"https://a.example/1.jpg,https://a.example/2.jpg"\n',
        b"2,Jug,https://a.example/1.jpg\n",
        b"3,,https://a.example/3.jpg\n",
        b'4,Pot,"https://a.example/4.jpg|nope|https://a.example/1.jpg"\n',
        b"5,Pan,https://a.example/5.jpg\n",
        b"6,Lid,nope\n",
        b"7,Fork,https://a.example/2.jpg https://a.example/2.jpg\n",
        b"8,Knife,https://a.example/8.jpg\n",
        b"9,Spoon\n",
        b"10,Bowl,https://a.example/10.jpg\n",
    ]
)
ROWS = [[0, 1], [0], [], [2, 3, 0], [4], [], [1, 1], [5], [], [6]]
URLS = [
    "https://a.example/1.jpg",
    "https://a.example/2.jpg",
    "https://a.example/4.jpg",
    "nope",
    "https://a.example/5.jpg",
    "https://a.example/8.jpg",
    "https://a.example/10.jpg",
]
FETCHABLE = {position for position, url in enumerate(URLS) if url != "nope"}


class Killed(BaseException):
    """Stands for the end of a process: nothing in the code catches it."""


@dataclass
class World:
    """An ingest function with everything it touches, and a look at all of it."""

    ingestion: Ingestion
    connection: Connection
    tenant_id: UUID
    s3: S3Client
    sqs: SQSClient
    queues: dict[str, str]

    def upload(
        self, data: bytes, *, webhook_url: str | None = HOOK, store: StoreName | None = None
    ) -> Job:
        job = self.job_without_upload(webhook_url=webhook_url, store=store)
        self.s3.put_object(Bucket=BUCKET, Key=keys.upload(job.job_id), Body=data)
        return job

    def job_without_upload(
        self, *, webhook_url: str | None = None, store: StoreName | None = None
    ) -> Job:
        return jobs.create(
            self.connection,
            tenant_id=self.tenant_id,
            filename="table.csv",
            webhook_url=webhook_url,
            options=ImageOptions(quality=40, store=store),
            upload_lifetime=timedelta(minutes=15),
        )

    def run(self, job: Job, *, remaining: float = 900, **changes: Any) -> None:
        try:
            replace(self.ingestion, **changes).run(
                IngestUpload(job_id=job.job_id), remaining=lambda: remaining
            )
        finally:
            self.check(job)

    def check(self, job: Job) -> None:
        """What holds at every moment, after a crash too."""
        now = self.job(job)
        counts = JobView.of(now, api_url="").images
        assert counts.total == counts.pending + counts.succeeded + counts.failed
        stored = self.images(job)
        assert [position for position, *_ in stored] == list(range(counts.total))
        assert sum(status == "failed" for *_, status in stored) == counts.failed
        assert len(self.rows(job)) == now.rows_total

    def job(self, job: Job) -> Job:
        found = jobs.get(self.connection, job.job_id)
        assert found is not None
        return found

    def rows(self, job: Job) -> list[tuple[int, list[int], str | None]]:
        return self.connection.execute(
            "SELECT row_number, image_positions, error_code FROM csv_rows"
            " WHERE job_id = %s ORDER BY row_number",
            [job.job_id],
        ).fetchall()

    def images(self, job: Job) -> list[tuple[int, str, str]]:
        return self.connection.execute(
            "SELECT position, url, status FROM images WHERE job_id = %s ORDER BY position",
            [job.job_id],
        ).fetchall()

    def events(self, job: Job) -> list[str]:
        return [each.event for each in deliveries.of_job(self.connection, job.job_id)]

    def messages(self, queue: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(
            QueueUrl=self.queues[queue], MaxNumberOfMessages=10
        ).get("Messages"):
            for message in batch:
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(
                    QueueUrl=self.queues[queue], ReceiptHandle=message["ReceiptHandle"]
                )
        return found

    def assert_ingested(self, job: Job, *, doubled: bool = False) -> None:
        """The job is as one undisturbed run leaves it; only messages may be doubled."""
        assert [positions for _, positions, _ in self.rows(job)] == ROWS
        assert [url for _, url, _ in self.images(job)] == URLS
        now = self.job(job)
        assert (now.rows_total, now.rows_rejected, now.images_total) == (10, 3, 7)
        assert now.status == JobStatus.PROCESSING
        assert self.events(job) == ["job.processing"]
        sent = [message["position"] for message in self.messages("images")]
        assert set(sent) == FETCHABLE
        assert doubled or len(sent) == len(FETCHABLE)


@pytest.fixture
def world(
    *,
    s3: S3Client,
    sqs: SQSClient,
    database: Database,
    connection: Connection,
    tenant_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    monkeypatch.setattr(chunks, "ROWS", 3)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    names = ("images", "finished", "deliveries", "uploads")
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
    return World(
        Ingestion(
            database=database,
            uploads=Uploads(s3, BUCKET),
            images=Queue(sqs, urls["images"]),
            continuations=Queue(sqs, urls["uploads"]),
            ending=Ending(
                finished=Queue(sqs, urls["finished"]),
                deliveries=Queue(sqs, urls["deliveries"]),
                api_url=API_URL,
            ),
            logger=Logger(service=f"ingest-{uuid4()}"),
        ),
        connection,
        tenant_id,
        s3,
        sqs,
        urls,
    )


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
            "retry": 0,
            "tries": 0,
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


REJECTED = [
    (b"", FileErrorCode.EMPTY_FILE, "empty"),
    (b"name,images\n", FileErrorCode.NO_VALID_ROWS, "no rows"),
    (b"name,picture\nCup,x\n", FileErrorCode.MISSING_COLUMN, "picture"),
    (TABLE + b'11,"Ladle,x\n', FileErrorCode.UNCLOSED_QUOTE, "row 11"),
    (b"PK\x03\x04....", FileErrorCode.NOT_A_CSV, "Excel"),
]


@pytest.mark.parametrize(("data", "code", "words"), REJECTED)
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


def finished(image: ProcessImage) -> ImageFinished:
    return ImageFinished(
        job_id=image.job_id,
        position=image.position,
        status=ImageStatus.SUCCEEDED,
        output_url=f"https://cdn.example/{image.position}.jpg",
        input=SourceImage(bytes=10),
        output=OutputImage(bytes=5, width=1, height=1, format="jpeg", sha256="00" * 32),
    )


class Recording(Queue):
    """Does with the images what processor and recorder do, faster than ingest can read."""

    def __init__(self, world: World) -> None:
        self.world = world

    def send(self, messages: Iterable[BaseModel], *, delay: int = 0) -> int:
        done = [finished(each) for each in messages if isinstance(each, ProcessImage)]
        info = self.world.connection.info
        with psycopg.connect(info.dsn, password=info.password, autocommit=True) as connection:
            outcomes.record(connection, done)
            assert jobs.close(connection, {each.job_id for each in done}) == []
        return len(done)


def kill_after(world: World, sends: int) -> Queue:
    class Dying(Queue):
        left = sends

        def send(self, messages: Iterable[BaseModel], *, delay: int = 0) -> int:
            if not self.left:
                raise Killed
            self.left -= 1
            return super().send(messages, delay=delay)

    return Dying(world.sqs, world.queues["images"])


def breaking_after(world: World, size: int, *, passes: int = 0) -> Uploads:
    class Breaking(Uploads):
        opened = 0

        def chunks(self, upload: Upload) -> Iterator[bytes]:
            self.opened += 1
            data = b"".join(super().chunks(upload))
            if self.opened <= passes:
                yield data
                return
            yield data[:size]
            raise Killed

    return Breaking(world.s3, BUCKET)


@pytest.mark.parametrize("sends", range(4))
def test_killed_while_sending(world: World, sends: int) -> None:
    job = world.upload(TABLE)
    with pytest.raises(Killed):
        world.run(job, images=kill_after(world, sends))
    assert world.job(job).status == JobStatus.INGESTING
    world.run(job)
    world.assert_ingested(job, doubled=True)


def test_killed_while_sending_again_it_does_not_begin_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "RESENT", 1)
    job = world.upload(TABLE)
    world.run(job)
    world.messages("images")
    world.connection.execute("UPDATE jobs SET images_queued = 0, retries = 1")
    queued = []
    while world.job(job).images_queued < len(URLS):
        with suppress(Killed):
            world.run(job, images=kill_after(world, 3))
        queued.append(world.job(job).images_queued)
    assert queued == [3, len(URLS)]


def test_a_retry_that_is_cancelled_meanwhile_is_not_sent_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cancelling(Queue):
        def send(self, messages: Iterable[BaseModel], *, delay: int = 0) -> int:
            jobs.move(world.connection, job.job_id, JobStatus.CANCELLED)
            return super().send(messages, delay=delay)

    monkeypatch.setattr(ingestion, "RESENT", 1)
    job = world.upload(TABLE)
    world.run(job)
    world.messages("images")
    world.connection.execute("UPDATE jobs SET images_queued = 0, retries = 1")
    world.run(job, images=Cancelling(world.sqs, world.queues["images"]))
    assert len(world.messages("images")) <= 2
    assert (world.job(job).images_queued, world.messages("uploads")) == (0, [])


@pytest.mark.parametrize("passes", [0, 1])
@pytest.mark.parametrize("size", range(0, len(TABLE), 61))
def test_killed_while_reading(
    world: World, monkeypatch: pytest.MonkeyPatch, size: int, passes: int
) -> None:
    monkeypatch.setattr("catalogue.encoding.BUFFER", 16)
    job = world.upload(TABLE)
    with pytest.raises(Killed):
        world.run(job, uploads=breaking_after(world, size, passes=passes))
    world.run(job)
    world.assert_ingested(job, doubled=True)


STATEMENTS = [
    "BEFORE INSERT ON csv_rows FOR EACH ROW WHEN (NEW.row_number = 1)",
    "BEFORE INSERT ON csv_rows FOR EACH ROW WHEN (NEW.row_number = 5)",
    "BEFORE INSERT ON csv_rows FOR EACH ROW WHEN (NEW.row_number = 10)",
    "BEFORE INSERT ON images FOR EACH ROW WHEN (NEW.position = 0)",
    "BEFORE INSERT ON images FOR EACH ROW WHEN (NEW.position = 6)",
    "BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.status = 'ingesting')",
    "BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.rows_total = 3)",
    "BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.rows_total = 10)",
    "BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.status = 'processing')",
    "BEFORE INSERT ON deliveries FOR EACH ROW",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_killed_in_the_database(world: World, statement: str) -> None:
    job = world.upload(TABLE)
    with breaking_database(world, statement), pytest.raises(psycopg.Error):
        world.run(job)
    world.run(job)
    world.assert_ingested(job, doubled=True)


class breaking_database:  # noqa: N801 (used as a function)
    """Makes a statement fail by a trigger while the block runs."""

    def __init__(self, world: World, statement: str) -> None:
        self._connection = world.connection
        self._statement = statement

    def __enter__(self) -> None:
        self._connection.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RAISE ''killed''; END'"
        )
        self._connection.execute(
            f"CREATE TRIGGER failing {self._statement} EXECUTE FUNCTION fail()".encode()
        )

    def __exit__(self, *_: object) -> None:
        self._connection.execute("DROP FUNCTION fail CASCADE")


def test_the_connection_is_lost_in_the_middle_and_opened_again(world: World) -> None:
    class Cutting(Queue):
        def send(self, messages: Iterable[BaseModel], *, delay: int = 0) -> int:
            world.connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return super().send(messages, delay=delay)

    job = world.upload(TABLE)
    with pytest.raises(psycopg.OperationalError):
        world.run(job, images=Cutting(world.sqs, world.queues["images"]))
    world.run(job)
    world.assert_ingested(job, doubled=True)


def test_killed_again_and_again_it_still_comes_to_its_end(world: World) -> None:
    job = world.upload(TABLE)
    for _ in range(10):
        with suppress(Killed):
            world.run(job, images=kill_after(world, 1))
        if world.job(job).status != JobStatus.INGESTING:
            break
    world.assert_ingested(job, doubled=True)


@pytest.mark.parametrize("queue", ["finished", "deliveries"])
def test_killed_after_the_end_everything_is_in_the_tables(world: World, queue: str) -> None:
    class Dead(Queue):
        def send(self, messages: Iterable[BaseModel], *, delay: int = 0) -> int:
            list(messages)
            raise Killed

    job = world.upload(TABLE)
    dead = Dead(world.sqs, "")
    ending = (
        replace(world.ingestion.ending, finished=dead)
        if queue == "finished"
        else replace(world.ingestion.ending, deliveries=dead)
    )
    with pytest.raises(Killed):
        world.run(job, ending=ending)
    world.run(job)
    world.assert_ingested(job)


def test_a_job_whose_images_are_all_finished_at_the_end_of_ingest_closes(world: World) -> None:
    job = world.upload(TABLE)
    world.run(job, images=Recording(world))
    now = world.job(job)
    assert now.status == JobStatus.FINALIZING
    assert (now.images_succeeded, now.images_failed) == (6, 1)
    assert world.messages("finished") == [{"job_id": str(job.job_id)}]
    assert world.events(job) == ["job.processing"]


def test_short_of_time_the_rest_is_left_to_other_invocations(world: World) -> None:
    job = world.upload(TABLE)
    for rows in (3, 6, 9):
        world.run(job, remaining=ingestion.MARGIN - 1)
        now = world.job(job)
        assert (now.status, now.rows_total) == (JobStatus.INGESTING, rows)
        assert now.images_queued == now.images_total
        assert world.messages("uploads") == [
            {"job_id": str(job.job_id), "version_id": now.source_version}
        ]
    world.run(job)
    world.assert_ingested(job)


def test_a_continuation_of_the_last_rows_only_ends_the_job(world: World) -> None:
    job = world.upload(TABLE)
    for _ in range(4):
        world.run(job, remaining=0)
    assert world.job(job).rows_total == 10
    assert len(world.messages("uploads")) == 4
    world.run(job, remaining=0)
    world.assert_ingested(job)


@pytest.mark.parametrize("looks", range(1, 5))
@pytest.mark.parametrize("sends", [0, 1, 3])
def test_time_runs_out_after_any_look_at_the_clock_again_and_again_after_a_crash(
    world: World, monkeypatch: pytest.MonkeyPatch, sends: int, looks: int
) -> None:
    monkeypatch.setattr(ingestion, "RESENT", 1)
    job = world.upload(TABLE)
    with pytest.raises(Killed):
        world.run(job, images=kill_after(world, sends))
    before = None
    while world.job(job).status == JobStatus.INGESTING:
        after = (world.job(job).rows_total, world.job(job).images_queued)
        assert after != before, "a run got nowhere"
        before = after
        times = chain(repeat(900, looks), repeat(0))
        world.ingestion.run(IngestUpload(job_id=job.job_id), remaining=partial(next, times))
        world.check(job)
        continued = world.messages("uploads")
        assert bool(continued) == (world.job(job).status == JobStatus.INGESTING)
    world.assert_ingested(job, doubled=True)


@pytest.mark.parametrize("turn", range(1, 4))
def test_two_runs_at_once_do_no_harm(world: World, turn: int) -> None:
    """The second run begins and ends while the first one is between two chunks."""
    job = world.upload(TABLE)
    rival = replace(world.ingestion, database=Database(world.ingestion.database._settings))

    class Rivalled(Uploads):
        def chunks(self, upload: Upload) -> Iterator[bytes]:
            for number, line in enumerate(b"".join(super().chunks(upload)).splitlines(True)):
                if number == turn * 3:
                    rival.run(IngestUpload(job_id=job.job_id), remaining=lambda: 900)
                yield line

    jobs.begin_ingest(world.connection, job.job_id, version_id=None)
    world.run(job, uploads=Rivalled(world.s3, BUCKET))
    rival.database.close()
    world.assert_ingested(job, doubled=True)


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
