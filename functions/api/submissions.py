"""From a request for a job to the job."""

import hashlib
from uuid import UUID

import psycopg

from api.backend import Backend
from api.bodies import Submission
from api.errors import FieldError, IdempotencyKeyReused
from api.limits import UPLOAD_LIFETIME
from api.models import JobCreated, Upload
from api.models_requests import CreateJob
from database import idempotency, jobs
from database.connection import Connection
from database.idempotency import Keyed
from pipeline.job import Job, JobView
from pipeline.states import JobStatus


def keyed(tenant_id: UUID, key: str | None, asked: Submission) -> Keyed | None:
    """The request by its Idempotency-Key, if it bears one.

    What it asks for is compared, not its bytes: a form's boundary is another each time.
    """
    if key is None:
        return None
    digest = hashlib.sha256(asked.request.model_dump_json().encode())
    if asked.content is not None:
        digest.update(hashlib.sha256(asked.content).digest())
    return Keyed(tenant_id, key, digest.digest())


def await_upload(
    backend: Backend, tenant_id: UUID, request: CreateJob, once: Keyed | None
) -> JobCreated:
    """A job whose CSV the client sends to S3 itself, and the form to send it with. A repeated
    request gets a fresh form, unless the CSV has come.

    Raises:
        IdempotencyKeyReused: the key belongs to another request.
    """
    with backend.database.connection() as connection:
        job, is_new = _job(connection, backend, tenant_id, request, once)
        waiting = (
            job if is_new else jobs.extend_upload(connection, job.job_id, lifetime=UPLOAD_LIFETIME)
        )
    if waiting is None:
        return JobCreated(job_id=job.job_id, status=job.status, upload=None)
    url, fields = backend.storage.presigned_upload(job.job_id)
    return JobCreated(
        job_id=job.job_id,
        status=waiting.status,
        upload=Upload(url=url, fields=dict(fields), expires_at=waiting.upload_expires_at),
    )


def take_in(
    backend: Backend, tenant_id: UUID, request: CreateJob, content: bytes, once: Keyed | None
) -> JobView:
    """A job whose CSV came with the request.

    The job exists before its object, because S3's notification names it. Should this end between
    the two, a repeated request brings the object; else the job expires.

    Raises:
        IdempotencyKeyReused: the key belongs to another request.
        StorageUnavailable: S3 did not take the CSV.
    """
    with backend.database.connection() as connection:
        job, _ = _job(connection, backend, tenant_id, request, once)
        if job.status == JobStatus.AWAITING_UPLOAD:
            backend.storage.put_upload(job.job_id, content)
            # Ingest may have been quicker, and may even be done; then the job is shown as it is.
            now = jobs.begin_ingest(connection, job.job_id, version_id=None) or jobs.get(
                connection, job.job_id
            )
            job = now or job
    return JobView.of(job, api_url=backend.settings.api_url)


def _job(
    connection: Connection,
    backend: Backend,
    tenant_id: UUID,
    request: CreateJob,
    once: Keyed | None,
) -> tuple[Job, bool]:
    """The request's job, and whether it is new."""
    job = once and _earlier(connection, once)
    if job:
        is_new = False
    else:
        is_new = True
        with connection.transaction() as transaction:
            job = jobs.create(
                connection,
                tenant_id=tenant_id,
                filename=request.filename,
                webhook_url=request.webhook_url,
                options=request.options,
                upload_lifetime=UPLOAD_LIFETIME,
            )
            if once and not idempotency.claim(connection, once, job.job_id):
                is_new = False
                raise psycopg.Rollback(transaction)
        if once and not is_new:
            # The same request came twice at once, and the other was quicker.
            job = _earlier(connection, once) or job
    backend.logger.append_keys(job_id=str(job.job_id))
    return job, is_new


def _earlier(connection: Connection, once: Keyed) -> Job | None:
    """The job that this request made when it came before.

    Raises:
        IdempotencyKeyReused: it was another request.
    """
    before = idempotency.earlier(connection, once)
    if before is None:
        return None
    if before.request_sha256 != once.request_sha256:
        message = "it was sent before with another body or other options"
        raise IdempotencyKeyReused(
            f"Idempotency-Key: {message}.", errors=[FieldError("Idempotency-Key", message)]
        )
    return jobs.get(connection, before.job_id)
