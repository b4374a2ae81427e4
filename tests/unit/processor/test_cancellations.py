from uuid import UUID

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError, EndpointConnectionError

from pipeline import keys
from processor.cancellations import BELIEVED, Cancellations

JOB = UUID("0199a1de-0000-7000-8000-000000000002")
OTHER = UUID("0199a1de-0000-7000-8000-000000000003")


class Bucket:
    """A bucket that says what it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Exception | None = missing("404")

    def head_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803 (as boto3 names them)
        self.asked.append(Key)
        if self.answer:
            raise self.answer


def missing(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "HeadObject")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cancellations(bucket: Bucket, clock: Clock) -> Cancellations:
    logger = Logger(service="cancellations")
    return Cancellations(bucket, "images", logger, clock=clock)  # type: ignore[arg-type] # a fake


def test_a_job_is_asked_about_once_in_a_while(
    cancellations: Cancellations, bucket: Bucket, clock: Clock
) -> None:
    assert cancellations.among([JOB] * 10) == set()
    assert bucket.asked == [keys.cancelled(JOB)]
    clock.now += BELIEVED
    bucket.answer = None
    assert cancellations.among(iter([JOB])) == {JOB}
    assert len(bucket.asked) == 2


def test_a_cancelled_job_stays_so(
    cancellations: Cancellations, bucket: Bucket, clock: Clock
) -> None:
    bucket.answer = None
    assert cancellations.among([JOB]) == {JOB}
    clock.now += 10 * BELIEVED
    bucket.answer = missing("404")
    assert cancellations.among([JOB, OTHER]) == {JOB}
    bucket.asked.pop()
    assert len(bucket.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [missing("403"), missing("503"), EndpointConnectionError(endpoint_url="https://s3.example")],
    ids=["403", "503", "no connection"],
)
def test_what_cannot_be_told_is_not_cancelled(
    cancellations: Cancellations, bucket: Bucket, answer: Exception
) -> None:
    bucket.answer = answer
    assert cancellations.among([JOB]) == set()


def test_images_of_many_jobs_do_not_wait_for_a_bucket_that_is_away(
    cancellations: Cancellations, bucket: Bucket, clock: Clock
) -> None:
    bucket.answer = None
    cancellations.among([JOB])
    bucket.answer = missing("503")
    clock.now += BELIEVED
    jobs = [UUID(int=n) for n in range(100)]
    assert cancellations.among([*jobs, JOB]) == {JOB}
    assert len(bucket.asked) == 2
