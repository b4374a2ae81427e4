"""Jobs: making one, listing them, seeing how far one is."""

import hashlib
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query

from api import cursors
from api.backend import Backend, tenant_of
from api.bodies import submission
from api.describe import answer, answers
from api.errors import (
    BodyTooLarge,
    EmptyFile,
    IdempotencyKeyReused,
    InvalidRequest,
    JobNotFound,
    MalformedRequest,
    StorageUnavailable,
    UnreadableText,
    UnsupportedMediaType,
)
from api.limits import DEFAULT_PAGE, POLL_AFTER
from api.models import JobCreated, JobList
from api.pages import fitting
from api.parameters import Cursor, IdempotencyKey, JobId, Limit
from api.resolver import Resolver
from api.stores import with_store
from api.submissions import await_upload, keyed, take_in
from database import jobs
from pipeline.job import JobView
from pipeline.states import JobStatus

JSON = "application/json"
TAG = ["Jobs"]

Status = Annotated[JobStatus | None, Query(description="Only jobs of this status.")]


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/v1/jobs`` and ``/v1/jobs/{job_id}``."""
    _add_create(api, backend)
    _add_list(api, backend)
    _add_status(api, backend)


def _add_create(api: Resolver, backend: Backend) -> None:
    location = {"Location": "Address of the job."}

    @api.post(
        "/v1/jobs",
        tags=TAG,
        summary="Make a job",
        description=(
            "With a JSON body: answers with a pre-signed form to send the CSV to (up to 200 MB, "
            "within 15 minutes). With the CSV itself as `text/csv` or in a form (up to 4 MB): the "
            "job begins at once; its options are query parameters or fields of the form."
        ),
        operation_id="createJob",
        responses=answers(
            {
                201: answer("The job waits for its CSV.", JobCreated, headers=location),
                202: answer("The job has begun.", JobView, headers=location),
            },
            MalformedRequest,
            BodyTooLarge,
            UnsupportedMediaType,
            InvalidRequest,
            EmptyFile,
            UnreadableText,
            IdempotencyKeyReused,
            StorageUnavailable,
        ),
    )
    def create_job(idempotency_key: IdempotencyKey = None) -> Response[JobCreated | JobView]:
        asked = submission(api.current_event)
        tenant_id = tenant_of(api)
        once = keyed(tenant_id, idempotency_key, asked)
        asked = with_store(asked, backend.settings.stores)
        view: JobCreated | JobView
        if asked.content is None:
            status, view = 201, await_upload(backend, tenant_id, asked.request, once)
        else:
            status, view = 202, take_in(backend, tenant_id, asked.request, asked.content, once)
        headers = {"Location": backend.job_url(view.job_id)}
        return Response(status, JSON, view, headers)


def _add_list(api: Resolver, backend: Backend) -> None:
    @api.get(
        "/v1/jobs",
        tags=TAG,
        summary="List jobs",
        description="Newest first.",
        operation_id="listJobs",
        responses=answers({200: answer("A page of jobs.", JobList)}, InvalidRequest),
    )
    def list_jobs(
        status: Status = None, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE
    ) -> JobList:
        tenant_id = tenant_of(api)
        listing = f"{status or 'all'} jobs of {tenant_id}"
        before = cursors.decode_id(listing, cursor) if cursor else None
        with backend.database.connection() as connection:
            page = jobs.page(
                connection, tenant_id=tenant_id, before=before, status=status, limit=limit + 1
            )
        items = fitting([JobView.of(job, api_url=backend.settings.api_url) for job in page[:limit]])
        more = len(page) > len(items)
        return JobList(
            items=items,
            next_cursor=cursors.encode(listing, str(items[-1].job_id)) if more else None,
        )


def _add_status(api: Resolver, backend: Backend) -> None:
    etag = {"ETag": "Changes with the answer; send it as `If-None-Match`."}
    poll = {"Retry-After": "While the job is active: seconds to wait before asking again."}

    @api.get(
        "/v1/jobs/<job_id>",
        tags=TAG,
        summary="See how far a job is",
        operation_id="getJob",
        responses=answers(
            {
                200: answer("The job's status.", JobView, headers=etag | poll),
                304: answer("Nothing has changed since the answer with that ETag.", headers=poll),
            },
            JobNotFound,
        ),
    )
    def get_job(
        job_id: JobId, if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None
    ) -> Response[JobView | None]:
        with backend.database.connection() as connection:
            job = backend.job(connection, job_id, tenant_id=tenant_of(api))
        view = JobView.of(job, api_url=backend.settings.api_url)
        tag = f'"{hashlib.sha256(view.model_dump_json().encode()).hexdigest()[:32]}"'
        # no-cache: a copy may be kept, and used once the ETag has been found unchanged.
        headers: dict[str, Any] = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if job.is_active:
            headers["Retry-After"] = str(POLL_AFTER)
        if _matches(if_none_match, tag):
            return Response(304, headers=headers)
        return Response(200, JSON, view, headers)


def _matches(if_none_match: str | None, tag: str) -> bool:
    """RFC 9110, section 13.1.2: any of the listed tags, weak or not, or ``*``."""
    listed = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return tag in listed or "*" in listed
