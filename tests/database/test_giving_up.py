"""Giving up: after long and many tries, step by step, and not what has got on meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from database import giving_up, images, jobs, outcomes, repairs, retries
from database.connection import Connection
from database.giving_up import GiveUpImages, GiveUpJob
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.messages import Failure, ImageFinished
from pipeline.states import ImageStatus, JobStatus

NewJob = Callable[..., Job]
DAY = timedelta(days=1)
INGESTING = GiveUpJob(JobStatus.INGESTING, idle=DAY, repairs=5)
IMAGES = GiveUpImages(idle=DAY, repairs=5, backlog=0, longest=14 * DAY)


def let_pass(connection: Connection, by: timedelta, *, repairs: int = 5) -> None:
    """Time in which the janitor tried so often in vain."""
    connection.execute("UPDATE jobs SET updated_at = updated_at - %s, repairs = %s", [by, repairs])


def failed(job_id: UUID, position: int, *, retry: int = 0) -> ImageFinished:
    error = Failure(code=ImageErrorCode.NOT_FOUND, message="Gone.")
    return ImageFinished(
        job_id=job_id, position=position, status=ImageStatus.FAILED, error=error, retry=retry
    )


@pytest.mark.parametrize(("idle", "tries", "found"), [(25, 5, 1), (23, 5, 0), (25, 4, 0)])
def test_a_job_is_given_up_after_long_and_after_many_tries(
    connection: Connection, new_job: NewJob, idle: int, tries: int, found: int
) -> None:
    new_job(JobStatus.INGESTING)
    let_pass(connection, timedelta(hours=idle), repairs=tries)
    assert len(giving_up.find(connection, INGESTING, limit=9)) == found


def test_images_are_not_given_up_while_their_messages_may_wait(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(images=5)
    let_pass(connection, timedelta(hours=25))
    as_many = replace(IMAGES, backlog=5)
    assert giving_up.find(connection, replace(IMAGES, backlog=4), limit=9) == [job.job_id]
    assert giving_up.find(connection, as_many, limit=9) == []
    let_pass(connection, 13 * DAY)
    assert giving_up.find(connection, as_many, limit=9) == [job.job_id]


def test_images_are_given_up_step_by_step_and_each_is_counted_once(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(images=5)
    let_pass(connection, 2 * DAY)
    for piece in (2, 2, 1):
        assert giving_up.find(connection, IMAGES, limit=9) == [job.job_id]
        assert giving_up.fail_pending(connection, job.job_id, IMAGES, limit=2) == piece
    assert repairs.close_counted(connection, limit=9) == [job.job_id]
    page = images.page(connection, job.job_id, status=None, after=-1, limit=9)
    assert {image.error_code for image in page} == {"internal_error"}


def test_a_job_that_was_completed_and_retried_since_it_was_found_keeps_its_images(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(images=3)
    let_pass(connection, 2 * DAY)
    [found] = giving_up.find(connection, IMAGES, limit=9)
    outcomes.record(connection, [failed(job.job_id, n) for n in range(3)])
    jobs.close(connection, [job.job_id])
    completed = jobs.move(connection, job.job_id, JobStatus.COMPLETED)
    assert completed is not None
    assert retries.begin(connection, completed) is not None
    assert giving_up.fail_pending(connection, found, IMAGES, limit=9) == 0
    page = images.page(connection, job.job_id, status=ImageStatus.PENDING, after=-1, limit=9)
    assert len(page) == 3


def test_images_whose_job_got_on_since_it_was_found_are_not_given_up(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(images=3)
    let_pass(connection, 2 * DAY)
    [found] = giving_up.find(connection, IMAGES, limit=9)
    outcomes.record(connection, [failed(job.job_id, 0)])
    assert giving_up.fail_pending(connection, found, IMAGES, limit=9) == 0


@pytest.mark.parametrize("meanwhile", ["processing", "finalizing", "cancelled"])
def test_a_job_that_went_on_since_it_was_found_is_not_held(
    connection: Connection, new_job: NewJob, meanwhile: str
) -> None:
    new_job(JobStatus.INGESTING)
    let_pass(connection, 2 * DAY)
    [found] = giving_up.find(connection, INGESTING, limit=9)
    connection.execute("UPDATE jobs SET status = %s, updated_at = now()", [meanwhile])
    with connection.transaction():
        assert not giving_up.lock(connection, found, INGESTING)


def test_whoever_is_quicker_is_waited_for_and_seen(
    connection: Connection, database_url: str, new_job: NewJob
) -> None:
    """The condition is judged by the row as the other has left it, not as it was when asked."""
    new_job(JobStatus.INGESTING)
    let_pass(connection, 2 * DAY)
    [found] = giving_up.find(connection, INGESTING, limit=9)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SET lock_timeout = '200ms'")
        with connection.transaction():
            connection.execute("UPDATE jobs SET updated_at = now(), repairs = 0")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                giving_up.lock(other, found, INGESTING)
        assert not giving_up.lock(other, found, INGESTING)
