"""Ingest that is killed, runs out of time, or runs twice at once: it goes on from there."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain, repeat

import psycopg
import pytest
from pydantic import BaseModel

from database import jobs, outcomes
from database.connection import Database
from ingest import ingestion
from ingest.uploads import Upload, Uploads
from pipeline.messages import ImageFinished, IngestUpload, OutputImage, ProcessImage, SourceImage
from pipeline.queues import Queue
from pipeline.states import ImageStatus, JobStatus
from tests.ingest_world import BUCKET, TABLE, URLS, Killed, World


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


STATEMENTS = {
    "row 1": "BEFORE INSERT ON csv_rows FOR EACH ROW WHEN (NEW.row_number = 1)",
    "row 5": "BEFORE INSERT ON csv_rows FOR EACH ROW WHEN (NEW.row_number = 5)",
    "row 10": "BEFORE INSERT ON csv_rows FOR EACH ROW WHEN (NEW.row_number = 10)",
    "first image": "BEFORE INSERT ON images FOR EACH ROW WHEN (NEW.position = 0)",
    "last image": "BEFORE INSERT ON images FOR EACH ROW WHEN (NEW.position = 6)",
    "job begun": "BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.status = 'ingesting')",
    "job with 3 rows": "BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.rows_total = 3)",
    "job with 10 rows": "BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.rows_total = 10)",
    "job ingested": "BEFORE UPDATE ON jobs FOR EACH ROW WHEN (NEW.status = 'processing')",
    "delivery": "BEFORE INSERT ON deliveries FOR EACH ROW",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
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
    rival = replace(
        world.ingestion, database=Database(world.ingestion.database._settings, statement_timeout=60)
    )

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
