"""From a request for a job to the job."""

import hashlib
import json
from typing import Any
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

FIRST_RELEASE: dict[str, Any] = {
    "filename": None,
    "webhook_url": None,
    "options": {
        "quality": 50,
        "format": "auto",
        "max_width": None,
        "max_height": None,
        "store": None,
    },
}
"""What a job could be told in release 0.1, in its order and with its defaults."""


def keyed(tenant_id: UUID, key: str | None, asked: Submission) -> Keyed | None:
    """The request by its Idempotency-Key, if it bears one.

    What it asks for is compared, not its bytes: a form's boundary is another each time. Only what
    the client said counts, so that a later release with one more option takes it for the same.
    """
    if key is None:
        return None
    said = asked.request.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    said = {name: value for name, value in said.items() if value != {}}
    first = as_in_the_first_release(asked.request)
    return Keyed(
        tenant_id,
        key,
        _digest(json.dumps(said, sort_keys=True), asked.content),
        None if first is None else _digest(first, asked.content),
    )


def as_in_the_first_release(request: CreateJob) -> str | None:
    """The text that release 0.1 made a digest of: all its fields, with its defaults; None if the
    client said anything else."""
    said = request.model_dump(mode="json", exclude_unset=True)
    options = said.pop("options", {})
    if said.keys() - FIRST_RELEASE or options.keys() - FIRST_RELEASE["options"]:
        return None
    told = FIRST_RELEASE | said | {"options": FIRST_RELEASE["options"] | options}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False)


def _digest(request: str, content: bytes | None) -> bytes:
    digest = hashlib.sha256(request.encode())
    if content is not None:
        digest.update(hashlib.sha256(content).digest())
    return digest.digest()


def await_upload(
    backend: Backend, tenant_id: UUID, request: CreateJob, once: Keyed | None
) -> JobCreated:
    """A job whose CSV the client sends to S3 itself, and the form to send it with. A repeated
    request gets a fresh form, unless the CSV has come.

    Raises:
        IdempotencyKeyReused: the key belongs to another request.
    """
    with backend.database.connection() as connection:
        job = _job(connection, backend, tenant_id, request, once)
    if job.status != JobStatus.AWAITING_UPLOAD:
        return JobCreated(job_id=job.job_id, status=job.status, upload=None)
    url, fields = backend.storage.presigned_upload(job.job_id)
    return JobCreated(
        job_id=job.job_id,
        status=job.status,
        upload=Upload(url=url, fields=dict(fields), expires_at=job.upload_expires_at),
    )


def take_in(
    backend: Backend, tenant_id: UUID, request: CreateJob, content: bytes, once: Keyed | None
) -> JobView:
    """A job whose CSV came with the request.

    The job exists before its object, because S3's notification names it. Should this end between
    the two, a repeated request brings the object, or makes another job once this one has expired.

    Raises:
        IdempotencyKeyReused: the key belongs to another request.
        StorageUnavailable: S3 did not take the CSV.
    """
    with backend.database.connection() as connection:
        job = _job(connection, backend, tenant_id, request, once)
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
) -> Job:
    """The job that this request made when it came before, else a new one."""
    job = None
    while job is None:
        # Where the same request comes twice at once, the slower one finds the other's job in the
        # second round.
        job = _earlier(connection, once) if once else None
        job = job or _new(connection, tenant_id, request, once)
    backend.logger.append_keys(job_id=str(job.job_id))
    return job


def _new(
    connection: Connection, tenant_id: UUID, request: CreateJob, once: Keyed | None
) -> Job | None:
    """A new job, or None if another request has taken the key meanwhile."""
    with connection.transaction() as transaction:
        job = jobs.create(
            connection,
            tenant_id=tenant_id,
            filename=request.filename,
            webhook_url=request.webhook_url,
            options=request.options,
            upload_lifetime=UPLOAD_LIFETIME,
        )
        if once is None or idempotency.claim(connection, once, job.job_id):
            return job
        raise psycopg.Rollback(transaction)
    return None


def _earlier(connection: Connection, once: Keyed) -> Job | None:
    """The job that this request made when it came before, unless it has expired. One that waits for
    its CSV may wait as long again, or it could expire while the CSV is on its way.

    Raises:
        IdempotencyKeyReused: it was another request.
    """
    before = idempotency.earlier(connection, once)
    if before is None:
        return None
    if not once.is_request(before.request_sha256):
        message = "it was sent before with another body or other options"
        raise IdempotencyKeyReused(
            f"Idempotency-Key: {message}.", errors=[FieldError("Idempotency-Key", message)]
        )
    job = jobs.extend_upload(connection, before.job_id, lifetime=UPLOAD_LIFETIME) or jobs.get(
        connection, before.job_id
    )
    return None if job is None or job.status == JobStatus.EXPIRED else job
