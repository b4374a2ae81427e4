"""Outcomes: each counted once, whatever repeats, overtakes or collides."""

import random
import threading
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from database import images, jobs, outcomes
from database.connection import Connection
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.messages import Failure, ImageFinished, OutputImage, SourceImage
from pipeline.states import ImageStatus, JobStatus

NewJob = Callable[..., Job]


def succeeded(job: Job, position: int, *, size: int = 100) -> ImageFinished:
    return ImageFinished(
        job_id=job.job_id,
        position=position,
        status=ImageStatus.SUCCEEDED,
        output_url=f"https://images.example/{position}.jpg",
        input=SourceImage(bytes=3 * size, width=30, height=20, format="png"),
        output=OutputImage(bytes=size, width=15, height=10, format="jpeg", sha256="0f" * 32),
    )


def failed(job: Job, position: int) -> ImageFinished:
    return ImageFinished(
        job_id=job.job_id,
        position=position,
        status=ImageStatus.FAILED,
        error=Failure(code=ImageErrorCode.CORRUPT_IMAGE, message="It ends half-way."),
        input=SourceImage(bytes=77),
    )


def record(connection: Connection, batch: Sequence[ImageFinished]) -> list[UUID]:
    """As the recorder does it; returns the jobs that were closed."""
    with connection.transaction():
        return jobs.close(connection, outcomes.record(connection, batch))


def counts(connection: Connection, job: Job) -> tuple[str, int, int, int]:
    found = jobs.get(connection, job.job_id)
    assert found is not None
    assert found.images_total == (
        found.images_pending + found.images_succeeded + found.images_failed
    )
    return found.status, found.images_pending, found.images_succeeded, found.images_failed


def test_an_outcome_is_stored_whole(connection: Connection, new_job: NewJob) -> None:
    job = new_job(images=3)
    record(connection, [succeeded(job, 0), failed(job, 1)])
    first, second, third = images.page(connection, job.job_id, status=None, after=-1, limit=9)
    assert (first.status, first.output_url) == ("succeeded", "https://images.example/0.jpg")
    assert (first.input_bytes, first.input_width, first.input_height, first.input_format) == (
        300, 30, 20, "png"
    )  # fmt: skip
    assert (first.output_bytes, first.output_width, first.output_height) == (100, 15, 10)
    assert (first.output_format, first.output_sha256) == ("jpeg", bytes.fromhex("0f" * 32))
    assert (second.status, second.error_code) == ("failed", "corrupt_image")
    assert (second.error_message, second.input_bytes) == ("It ends half-way.", 77)
    assert third.status == "pending"
    assert first.finished_at is not None
    assert third.finished_at is None


def test_bytes_are_summed_over_the_images_that_succeeded(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(images=3)
    record(connection, [succeeded(job, 0, size=10), succeeded(job, 1, size=20), failed(job, 2)])
    found = jobs.get(connection, job.job_id)
    assert found is not None
    assert (found.input_bytes, found.output_bytes) == (90, 30)


def test_the_last_outcome_closes_the_job_once(connection: Connection, new_job: NewJob) -> None:
    job = new_job(images=2)
    assert record(connection, [succeeded(job, 1)]) == []
    assert record(connection, [failed(job, 0)]) == [job.job_id]
    assert record(connection, [failed(job, 0), succeeded(job, 1)]) == []
    assert counts(connection, job) == (JobStatus.FINALIZING, 0, 1, 1)


def test_the_first_outcome_of_an_image_stays(connection: Connection, new_job: NewJob) -> None:
    job = new_job(images=2)
    record(connection, [failed(job, 0)])
    record(connection, [succeeded(job, 0)])
    assert counts(connection, job) == (JobStatus.PROCESSING, 1, 0, 1)


def test_it_tells_how_many_were_new_in_each_known_job(
    connection: Connection, new_job: NewJob
) -> None:
    first, second, gone = new_job(images=3), new_job(images=1), uuid4()
    record(connection, [failed(second, 0)])
    stray = failed(first, 0).model_copy(update={"job_id": gone})
    beyond = failed(first, 99)
    batch = [failed(first, 0), failed(first, 0), succeeded(first, 1), failed(second, 0)]
    with connection.transaction():
        counted = outcomes.record(connection, [*batch, stray, beyond])
    assert counted == {first.job_id: 2, second.job_id: 0}


def test_a_job_that_is_still_ingested_is_counted_but_not_closed(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(JobStatus.INGESTING, images=1)
    assert record(connection, [succeeded(job, 0)]) == []
    assert counts(connection, job) == (JobStatus.INGESTING, 0, 1, 0)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_order_of_repeated_batches_counts_each_image_once(
    connection: Connection, new_job: NewJob, data: st.DataObject
) -> None:
    job = new_job(images=6)
    outcome = st.builds(
        lambda position, good: (succeeded if good else failed)(job, position),
        st.integers(0, 5),
        st.booleans(),
    )
    seen: dict[int, bool] = {}
    for batch in data.draw(st.lists(st.lists(outcome, min_size=1, max_size=8), max_size=8)):
        record(connection, batch)
        # Within a batch the last report of an image counts, over batches the first.
        for position, each in {each.position: each for each in batch}.items():
            seen.setdefault(position, each.status == ImageStatus.SUCCEEDED)
    status, pending, good, bad = counts(connection, job)
    assert (pending, good, bad) == (
        6 - len(seen), sum(seen.values()), len(seen) - sum(seen.values())
    )  # fmt: skip
    assert (status == JobStatus.FINALIZING) == (len(seen) == 6)


def test_recorders_at_the_same_time_neither_deadlock_nor_count_twice(
    connection: Connection, database_url: str, new_job: NewJob
) -> None:
    made = [new_job(images=60) for _ in range(4)]
    everything = [(succeeded if n % 3 else failed)(job, n) for job in made for n in range(60)]
    closed: list[UUID] = []
    errors: list[psycopg.Error] = []
    start = threading.Barrier(3)

    def work(seed: int) -> None:
        """Every outcome, in an order of its own, ten at a time and across jobs."""
        mine = random.Random(seed).sample(everything, len(everything))
        try:
            with psycopg.connect(database_url, autocommit=True) as own:
                start.wait()
                for at in range(0, len(mine), 10):
                    closed.extend(record(own, mine[at : at + 10]))
        except psycopg.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(closed) == sorted(job.job_id for job in made)
    for job in made:
        assert counts(connection, job) == (JobStatus.FINALIZING, 0, 40, 20)


def test_an_ingest_that_ends_while_the_last_outcome_comes_closes_the_job_once(
    connection: Connection, database_url: str, new_job: NewJob
) -> None:
    made = [new_job(JobStatus.INGESTING, images=1) for _ in range(10)]
    closed: list[UUID] = []
    together = threading.Barrier(2)

    def end_ingests() -> None:
        with psycopg.connect(database_url, autocommit=True) as own:
            for job in made:
                together.wait()
                with own.transaction():
                    jobs.move(own, job.job_id, JobStatus.PROCESSING)
                    closed.extend(jobs.close(own, [job.job_id]))

    ingest = threading.Thread(target=end_ingests)
    ingest.start()
    for job in made:
        together.wait()
        closed.extend(record(connection, [succeeded(job, 0)]))
    ingest.join()
    assert sorted(closed) == sorted(job.job_id for job in made)


@pytest.mark.parametrize("size", [1, 7, 500])
def test_a_batch_may_have_any_size(connection: Connection, new_job: NewJob, size: int) -> None:
    job = new_job(images=size)
    assert record(connection, [succeeded(job, n) for n in range(size)]) == [job.job_id]
