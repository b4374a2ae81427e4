"""What may be done to a job that is there: cancelling it, retrying what failed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from api import hints
from api.backend import Backend, tenant_of
from api.describe import answer, answers
from api.errors import (
    JobNotFound,
    NotCancellable,
    NothingToRetry,
    NotRetryable,
    StorageUnavailable,
)
from api.limits import POLL_AFTER
from api.parameters import JobId
from api.resolver import Resolver
from database import deliveries, jobs, retries
from database.connection import Connection
from pipeline.job import Job, JobView
from pipeline.states import JobEvent, JobStatus
from webhooks import bodies

TAG = ["Jobs"]

RETRY_TAKES = timedelta(days=1)
"""Until its result is written from the CSV: after a day in vain the janitor gives images up.
Without the CSV the job would lose its first result and get no second one.

It also keeps retries and retention apart. Retention deletes in pieces a job that still says it is
completed, but none that ended, and so none that was made, within the days it is kept."""


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/v1/jobs/{job_id}/cancel`` and ``/v1/jobs/{job_id}/retry``."""
    _add_cancel(api, backend)
    _add_retry(api, backend)


def _add_cancel(api: Resolver, backend: Backend) -> None:
    @api.post(
        "/v1/jobs/<job_id>/cancel",
        tags=TAG,
        summary="Cancel a job",
        description=(
            "Stops what has not started: no further row is read, and images on the queue are "
            "dropped within seconds. Images under way are still finished and counted; the others "
            "stay `pending` for good. There will be no result; `GET /v1/jobs/{job_id}/images` "
            "shows what was done. Cancelling a cancelled job changes nothing."
        ),
        operation_id="cancelJob",
        responses=answers(
            {200: answer("The job is cancelled.", JobView)},
            JobNotFound,
            NotCancellable,
            StorageUnavailable,
        ),
    )
    def cancel_job(job_id: JobId) -> JobView:
        with backend.database.connection() as connection:
            backend.job(connection, job_id, tenant_id=tenant_of(api))
            job = _cancelled(backend, connection, job_id)
            # Also for a job that is cancelled already: an earlier request may have failed here.
            backend.storage.mark_cancelled(job_id)
            hints.deliver(backend, connection, job_id)
        return JobView.of(job, api_url=backend.settings.api_url)


def _add_retry(api: Resolver, backend: Backend) -> None:
    @api.post(
        "/v1/jobs/<job_id>/retry",
        tags=TAG,
        summary="Retry the failed images of a job",
        description=(
            "Queues the failed images of a completed job again, and nothing else; those whose URL "
            "is no URL (`invalid_url`) stay failed. The job is `processing` until they are done; "
            "then it has a new result. There is no second `job.completed` webhook: poll the job."
        ),
        operation_id="retryJob",
        responses=answers(
            {202: answer("The job is processing again.", JobView)},
            JobNotFound,
            NotRetryable,
            NothingToRetry,
        ),
    )
    def retry_job(job_id: JobId) -> Response[JobView]:
        with backend.database.connection() as connection:
            backend.job(connection, job_id, tenant_id=tenant_of(api))
            job = _retried(connection, job_id, kept=backend.settings.retention_days)
            hints.queue_images(backend, job)
        view = JobView.of(job, api_url=backend.settings.api_url)
        return Response(202, "application/json", view, {"Retry-After": str(POLL_AFTER)})


def _retried(connection: Connection, job_id: UUID, *, kept: int) -> Job:
    with connection.transaction():
        job = jobs.lock(connection, job_id)
        if job is None:
            raise JobNotFound("No job has this id.")
        if job.status != JobStatus.COMPLETED:
            raise NotRetryable(f"The job is {job.status}; only a completed job can be retried.")
        if job.created_at < datetime.now(UTC) - timedelta(days=kept) + RETRY_TAKES:
            raise NotRetryable(
                f"Files are kept for {kept} days, and this job's is about to go or gone; "
                "submit its failures as a new job."
            )
        again = retries.begin(connection, job)
        if again is None:
            raise NothingToRetry("The job has no failed image that could end otherwise.")
    return again


def _cancelled(backend: Backend, connection: Connection, job_id: UUID) -> Job:
    with connection.transaction():
        moved = jobs.move(connection, job_id, JobStatus.CANCELLED)
        if moved is not None:
            body = bodies.body(moved, JobEvent.CANCELLED, api_url=backend.settings.api_url)
            deliveries.open_delivery(connection, moved, JobEvent.CANCELLED, body=body)
            return moved
        job = jobs.get(connection, job_id)
    if job is None:
        raise JobNotFound("No job has this id.")
    if job.status != JobStatus.CANCELLED:
        raise NotCancellable(f"The job is {job.status}: nothing of it is left to stop.")
    return job
