"""From a request for a job to the job."""

from uuid import UUID

from api.backend import Backend
from api.limits import UPLOAD_LIFETIME
from api.models import JobCreated, Upload
from api.models_requests import CreateJob
from database import jobs
from database.connection import Connection
from pipeline.job import Job, JobView
from pipeline.states import JobStatus


def await_upload(backend: Backend, tenant_id: UUID, request: CreateJob) -> JobCreated:
    """A job whose CSV the client sends to S3 itself, and the form to send it with."""
    with backend.database.connection() as connection:
        job = _create(connection, backend, tenant_id, request)
    url, fields = backend.storage.presigned_upload(job.job_id)
    return JobCreated(
        job_id=job.job_id,
        status=JobStatus.AWAITING_UPLOAD,
        upload=Upload(url=url, fields=dict(fields), expires_at=job.upload_expires_at),
    )


def take_in(backend: Backend, tenant_id: UUID, request: CreateJob, content: bytes) -> JobView:
    """A job whose CSV came with the request.

    The job exists before its object, because S3's notification names it. Should this end between
    the two, the job waits for an upload that never comes, and expires.

    Raises:
        StorageUnavailable: S3 did not take the CSV.
    """
    with backend.database.connection() as connection:
        job = _create(connection, backend, tenant_id, request)
        backend.storage.put_upload(job.job_id, content)
        # Ingest may have been quicker, and may even be done; then the job is shown as it is.
        now = jobs.begin_ingest(connection, job.job_id, version_id=None) or jobs.get(
            connection, job.job_id
        )
    return JobView.of(now or job, api_url=backend.settings.api_url)


def _create(connection: Connection, backend: Backend, tenant_id: UUID, request: CreateJob) -> Job:
    job = jobs.create(
        connection,
        tenant_id=tenant_id,
        filename=request.filename,
        webhook_url=request.webhook_url,
        options=request.options,
        upload_lifetime=UPLOAD_LIFETIME,
    )
    backend.logger.append_keys(job_id=str(job.job_id))
    return job
