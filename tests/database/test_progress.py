from collections.abc import Callable

import pytest

from database import jobs, progress
from database.connection import Connection
from pipeline.job import Job
from pipeline.states import JobStatus

NewJob = Callable[..., Job]
HOOK = "https://shop.example/hook"


def walked(connection: Connection, job: Job, counts: list[int]) -> list[int]:
    """The milestones noted as the images of a job are counted up to each of ``counts``."""
    noted = []
    for count in counts:
        connection.execute("UPDATE jobs SET images_succeeded = %s", [count])
        noted += [each.milestone for each in progress.advance(connection, [job.job_id])]
    return noted


@pytest.mark.parametrize(
    ("images", "counts", "milestones"),
    [
        pytest.param(8, [1, 2, 3, 4, 5, 6, 7, 8], [25, 50, 75], id="8 images one by one"),
        pytest.param(8, [1, 1, 3, 3, 7, 7, 8], [25, 75], id="8 images with leaps"),
        pytest.param(3, [1, 2, 3], [25, 50], id="3 images"),
        pytest.param(2, [1, 2], [50], id="2 images"),
        pytest.param(1, [0, 1], [], id="1 image"),
        pytest.param(1_000_000, [249_999, 250_000, 999_999], [25, 75], id="a million images"),
    ],
)
def test_each_milestone_is_noted_once_and_of_several_the_highest(
    connection: Connection,
    new_job: NewJob,
    images: int,
    counts: list[int],
    milestones: list[int],
) -> None:
    job = new_job(webhook_url=HOOK)
    connection.execute("UPDATE jobs SET images_total = %s", [images])
    assert walked(connection, job, counts) == milestones


def test_what_a_retry_takes_back_is_not_announced_again(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(images=4, webhook_url=HOOK)
    assert walked(connection, job, [2, 1, 2, 3]) == [50, 75]


@pytest.mark.parametrize("status", [each for each in JobStatus if each != JobStatus.PROCESSING])
def test_only_a_job_that_is_processing_makes_progress(
    connection: Connection, new_job: NewJob, status: JobStatus
) -> None:
    job = new_job(status, images=4, webhook_url=HOOK)
    assert walked(connection, job, [1, 2]) == []


def test_without_a_webhook_there_is_nobody_to_tell(connection: Connection, new_job: NewJob) -> None:
    job = new_job(images=4)
    assert walked(connection, job, [2]) == []
    assert jobs.get(connection, job.job_id) is not None
