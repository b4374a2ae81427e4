"""Retries: failed images are pending again, and what is late from before does not count."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from database import giving_up, images, jobs, outcomes, repairs, retries
from database.connection import Connection
from database.giving_up import GiveUpImages
from pipeline.errors import ImageErrorCode
from pipeline.job import Job
from pipeline.messages import Failure, ImageFinished, OutputImage, SourceImage
from pipeline.states import ImageStatus, JobStatus

NewJob = Callable[..., Job]

PATIENCE = repairs.Patience(idle=timedelta(minutes=10), longest=timedelta(hours=4))


def succeeded(job_id: UUID, position: int, *, retry: int = 0) -> ImageFinished:
    return ImageFinished(
        job_id=job_id,
        position=position,
        status=ImageStatus.SUCCEEDED,
        output_url=f"https://images.example/{position}.jpg",
        input=SourceImage(bytes=300, width=30, height=20, format="png"),
        output=OutputImage(bytes=100, width=15, height=10, format="jpeg", sha256="0f" * 32),
        retry=retry,
    )


def failed(
    job_id: UUID,
    position: int,
    code: ImageErrorCode = ImageErrorCode.TIMEOUT,
    *,
    retry: int = 0,
) -> ImageFinished:
    return ImageFinished(
        job_id=job_id,
        position=position,
        status=ImageStatus.FAILED,
        error=Failure(code=code, message="No answer."),
        input=SourceImage(bytes=7),
        retry=retry,
    )


@pytest.fixture
def completed(connection: Connection, new_job: NewJob) -> Job:
    """Of four images one succeeded, two failed, and one never was a URL."""
    job = new_job(images=4)
    job_id = job.job_id
    hopeless = failed(job_id, 1, ImageErrorCode.INVALID_URL)
    outcomes.record(
        connection, [succeeded(job_id, 0), hopeless, failed(job_id, 2), failed(job_id, 3)]
    )
    assert jobs.close(connection, [job_id])
    done = jobs.move(connection, job_id, JobStatus.COMPLETED)
    assert done is not None
    return done


def begun(connection: Connection, job: Job) -> Job:
    with connection.transaction():
        locked = jobs.lock(connection, job.job_id)
        assert locked is not None
        again = retries.begin(connection, locked)
    assert again is not None
    return again


def found(connection: Connection, job: Job) -> Job:
    now = jobs.get(connection, job.job_id)
    assert now is not None
    return now


def test_failed_images_are_pending_again_but_those_without_a_url(
    connection: Connection, completed: Job
) -> None:
    again = begun(connection, completed)
    assert (again.status, again.completed_at) == (JobStatus.PROCESSING, None)
    assert (again.images_pending, again.images_succeeded, again.images_failed) == (2, 1, 1)
    assert (again.retries, again.images_queued) == (1, 2)
    page = images.page(connection, again.job_id, status=None, after=-1, limit=9)
    assert [each.status for each in page] == ["succeeded", "failed", "pending", "pending"]
    assert (page[2].error_code, page[2].input_bytes, page[2].finished_at) == (None, None, None)
    assert page[1].error_code == "invalid_url"


def test_outcomes_from_before_a_retry_do_not_count(connection: Connection, completed: Job) -> None:
    job = begun(connection, completed)
    late = [failed(job.job_id, 2), succeeded(job.job_id, 3)]
    assert outcomes.record(connection, late) == {job.job_id: 0}
    assert found(connection, job) == job
    current = [succeeded(job.job_id, 2, retry=1), failed(job.job_id, 3, retry=1), *late]
    for _ in range(2):
        outcomes.record(connection, current)
        now = found(connection, job)
        assert (now.images_pending, now.images_succeeded, now.images_failed) == (0, 2, 2)
    assert (now.input_bytes, now.output_bytes) == (600, 200)
    assert jobs.close(connection, [job.job_id]) == []  # ingest has not sent all of them
    jobs.note_queued(connection, job, job.images_total)
    assert jobs.close(connection, [job.job_id]) == [job.job_id]


def test_a_job_is_retried_as_often_as_something_fails(
    connection: Connection, completed: Job
) -> None:
    for retry in (1, 2):
        job = begun(connection, completed)
        assert job.retries == retry
        batch = [failed(job.job_id, position, retry=retry) for position in (2, 3)]
        outcomes.record(connection, batch)
        jobs.note_queued(connection, job, job.images_total)
        jobs.close(connection, [job.job_id])
        assert jobs.move(connection, job.job_id, JobStatus.COMPLETED) is not None


def test_a_run_of_ingest_that_is_still_at_an_earlier_retry_notes_nothing(
    connection: Connection, completed: Job
) -> None:
    first = begun(connection, completed)
    outcomes.record(connection, [failed(first.job_id, position, retry=1) for position in (2, 3)])
    jobs.note_queued(connection, first, first.images_total)
    jobs.close(connection, [first.job_id])
    jobs.move(connection, first.job_id, JobStatus.COMPLETED)
    second = begun(connection, found(connection, first))
    jobs.note_queued(connection, first, first.images_total)
    assert found(connection, second).images_queued == second.images_queued == 2


def test_a_note_that_says_nothing_new_is_no_progress(
    connection: Connection, completed: Job
) -> None:
    """The janitor gives up on a job that gets no further; one that only begins must not count."""
    job = begun(connection, completed)
    connection.execute("UPDATE jobs SET updated_at = now() - interval '1 day'")
    before = found(connection, job).updated_at
    assert jobs.note_queued(connection, job, job.images_queued)
    assert found(connection, job).updated_at == before
    assert jobs.note_queued(connection, job, job.images_queued + 1)
    assert found(connection, job).updated_at > before


def test_a_reset_of_nothing_is_no_progress(connection: Connection, completed: Job) -> None:
    """Each run begins with one, so a job that SQS always refuses would never be given up."""
    job = begun(connection, completed)
    connection.execute("UPDATE jobs SET updated_at = now() - interval '1 day'")
    before = found(connection, job).updated_at
    assert retries.reset(connection, job.job_id) == 0
    assert found(connection, job).updated_at == before


class TestMoreThanARequestHasTimeFor:
    @pytest.fixture(autouse=True)
    def few_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retries, "AT_ONCE", 2)

    def test_they_stay_failed_until_ingest_resets_them(
        self, connection: Connection, completed: Job
    ) -> None:
        job = begun(connection, completed)
        assert (job.status, job.retries, job.images_queued) == (JobStatus.PROCESSING, 1, 2)
        assert (job.images_pending, job.images_failed) == (0, 3)
        assert retries.reset(connection, job.job_id) == 2
        now = found(connection, job)
        assert (now.images_pending, now.images_failed) == (2, 1)
        assert retries.reset(connection, job.job_id) == 0
        assert found(connection, job).images_failed == 1

    def test_nobody_closes_the_job_meanwhile(self, connection: Connection, completed: Job) -> None:
        job = begun(connection, completed)
        assert jobs.close(connection, [job.job_id]) == []
        assert repairs.close_counted(connection, limit=9) == []

    def test_it_goes_piece_by_piece_and_each_is_counted(
        self, connection: Connection, completed: Job, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retries, "PIECE", 1)
        job = begun(connection, completed)
        assert retries.reset(connection, job.job_id) == 2
        assert (found(connection, job).images_pending, found(connection, job).images_failed) == (
            2,
            1,
        )

    def test_what_was_sent_and_failed_again_stays_failed(
        self, connection: Connection, completed: Job
    ) -> None:
        job = begun(connection, completed)
        retries.reset(connection, job.job_id)
        outcomes.record(connection, [failed(job.job_id, 2, retry=1)])
        jobs.note_queued(connection, job, 3)
        assert retries.reset(connection, job.job_id) == 0

    def test_the_janitor_finds_it_if_ingest_never_heard_of_it(
        self, connection: Connection, completed: Job
    ) -> None:
        job = begun(connection, completed)
        assert repairs.claim_unsent(connection, PATIENCE, limit=9) == []
        connection.execute("UPDATE jobs SET updated_at = now() - interval '11 minutes'")
        assert repairs.claim_pending_images(connection, PATIENCE, backlog=0, limit=9) is None
        [stuck] = repairs.claim_unsent(connection, PATIENCE, limit=9)
        assert stuck.job_id == job.job_id
        assert repairs.claim_unsent(connection, PATIENCE, limit=9) == []

    def test_it_ends_even_if_nobody_can_send_it(
        self, connection: Connection, completed: Job
    ) -> None:
        job = begun(connection, completed)
        at_once = GiveUpImages(timedelta(0), repairs=0, backlog=0, longest=timedelta(0))
        assert giving_up.fail_pending(connection, job.job_id, at_once, limit=9) == 0
        assert repairs.close_counted(connection, limit=9) == [job.job_id]


def test_a_job_whose_images_all_succeeded_has_nothing_to_retry(
    connection: Connection, new_job: NewJob
) -> None:
    job = new_job(images=2)
    hopeless = failed(job.job_id, 1, ImageErrorCode.INVALID_URL)
    outcomes.record(connection, [succeeded(job.job_id, 0), hopeless])
    jobs.close(connection, [job.job_id])
    done = jobs.move(connection, job.job_id, JobStatus.COMPLETED)
    assert done is not None
    assert retries.begin(connection, done) is None
    assert found(connection, job) == done
