from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from database import jobs
from database.connection import Connection
from pipeline.job import Job
from pipeline.options import ImageFormat, ImageOptions
from pipeline.states import ENDS, MOVES, JobStatus

NewJob = Callable[..., Job]


def status(connection: Connection, job: Job) -> str:
    found = jobs.get(connection, job.job_id)
    assert found is not None
    return found.status


def test_a_new_job_waits_for_its_upload(connection: Connection, tenant_id: UUID) -> None:
    options = ImageOptions(quality=80, format=ImageFormat.WEBP, max_width=800)
    job = jobs.create(
        connection,
        tenant_id=tenant_id,
        filename="products.csv",
        webhook_url="https://shop.example/hook",
        options=options,
        upload_lifetime=timedelta(minutes=15),
    )
    assert job.status == JobStatus.AWAITING_UPLOAD
    assert (job.options, job.filename) == (options.stored(), "products.csv")
    assert job.upload_expires_at - job.created_at == timedelta(minutes=15)
    assert job.job_id.version == 7
    assert jobs.get(connection, job.job_id, tenant_id=tenant_id) == job


def test_a_job_is_shown_only_to_its_tenant(connection: Connection, new_job: NewJob) -> None:
    job = new_job()
    assert jobs.get(connection, job.job_id) == job
    assert jobs.get(connection, job.job_id, tenant_id=uuid4()) is None
    assert jobs.get(connection, uuid4()) is None


def test_a_job_makes_the_moves_that_it_may_and_no_other(
    connection: Connection, new_job: NewJob
) -> None:
    for here in JobStatus:
        for there in JobStatus:
            job = new_job(here)
            moved = jobs.move(connection, job.job_id, there)
            assert (moved is not None) == (there in MOVES[here]), f"{here} to {there}"
            assert status(connection, job) == (there if moved else here)
            if moved:
                assert (moved.completed_at is not None) == (there in ENDS)


def test_a_move_is_made_once(connection: Connection, new_job: NewJob) -> None:
    job = new_job(JobStatus.FINALIZING)
    assert jobs.move(connection, job.job_id, JobStatus.COMPLETED) is not None
    assert jobs.move(connection, job.job_id, JobStatus.COMPLETED) is None


def test_a_rejection_says_why(connection: Connection, new_job: NewJob) -> None:
    job = new_job(JobStatus.INGESTING)
    moved = jobs.move(
        connection, job.job_id, JobStatus.REJECTED, error=("empty_file", "It is empty.")
    )
    assert moved is not None
    assert (moved.error_code, moved.error_message) == ("empty_file", "It is empty.")


def test_the_first_version_of_an_upload_counts(connection: Connection, new_job: NewJob) -> None:
    job_id = new_job(JobStatus.AWAITING_UPLOAD).job_id
    first = jobs.begin_ingest(connection, job_id, version_id=None)
    assert first is not None
    assert (first.status, first.source_version) == (JobStatus.INGESTING, None)
    for version in ("v1", "v2", None):
        again = jobs.begin_ingest(connection, job_id, version_id=version)
        assert again is not None
        assert again.source_version == "v1"


def test_a_job_that_is_past_it_is_not_ingested_again(
    connection: Connection, new_job: NewJob
) -> None:
    for past in set(JobStatus) - {JobStatus.AWAITING_UPLOAD, JobStatus.INGESTING}:
        assert jobs.begin_ingest(connection, new_job(past).job_id, version_id="v1") is None


def test_to_begin_again_is_no_progress(connection: Connection, new_job: NewJob) -> None:
    job = new_job(JobStatus.INGESTING)
    again = jobs.begin_ingest(connection, job.job_id, version_id="v1")
    assert again is not None
    assert again.updated_at == job.updated_at


def test_chunks_add_up(connection: Connection, new_job: NewJob) -> None:
    job_id = new_job(JobStatus.INGESTING).job_id
    for queued in (0, 4):
        jobs.add_ingested(
            connection, job_id, rows=5, rejected=1, images=4, failed_images=1, queued=queued
        )
    found = jobs.get(connection, job_id)
    assert found is not None
    assert (found.rows_total, found.rows_rejected) == (10, 2)
    assert (found.images_total, found.images_failed, found.images_pending) == (8, 2, 6)
    assert found.images_queued == 4


def test_counts_that_cannot_be_are_refused(connection: Connection, new_job: NewJob) -> None:
    job_id = new_job(JobStatus.INGESTING).job_id
    with pytest.raises(psycopg.errors.CheckViolation):
        jobs.add_ingested(
            connection, job_id, rows=1, rejected=2, images=0, failed_images=0, queued=0
        )
    with pytest.raises(psycopg.errors.CheckViolation):
        jobs.add_ingested(
            connection, job_id, rows=1, rejected=0, images=1, failed_images=2, queued=0
        )


def test_a_job_closes_once_when_it_is_processing_and_all_is_counted(
    connection: Connection, new_job: NewJob
) -> None:
    made = {here: new_job(here).job_id for here in JobStatus}
    assert jobs.close(connection, made.values()) == [made[JobStatus.PROCESSING]]
    assert jobs.close(connection, made.values()) == []


def test_a_job_with_pending_images_stays_open(connection: Connection, new_job: NewJob) -> None:
    job = new_job(images=1)
    assert jobs.close(connection, [job.job_id, uuid4()]) == []
    assert jobs.close(connection, []) == []


def test_a_locked_job_waits_for_the_end_of_the_transaction(
    connection: Connection, database_url: str, new_job: NewJob
) -> None:
    job = new_job()
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SET lock_timeout = '50ms'")
        with connection.transaction():
            assert jobs.lock(connection, job.job_id) == job
            with pytest.raises(psycopg.errors.LockNotAvailable):
                jobs.move(other, job.job_id, JobStatus.FINALIZING)
        assert jobs.move(other, job.job_id, JobStatus.FINALIZING) is not None
    assert jobs.lock(connection, uuid4()) is None
