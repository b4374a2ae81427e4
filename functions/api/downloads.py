"""What a job leaves to be downloaded: its result, and the rows that failed."""

from aws_lambda_powertools.event_handler import Response

from api.backend import Backend, tenant_of
from api.describe import answer, answers
from api.errors import FailuresNotReady, JobNotFound, ResultNotReady
from api.limits import POLL_AFTER
from api.parameters import JobId
from api.resolver import Resolver
from pipeline import keys
from pipeline.errors import FileErrorCode
from pipeline.job import Job
from pipeline.states import JobStatus

TAG = ["Jobs"]
THERE = answer("The CSV is there.", headers={"Location": "Address of the CSV."})


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/v1/jobs/{job_id}/result`` and ``/v1/jobs/{job_id}/failures``."""
    _add_result(api, backend)
    _add_failures(api, backend)


def _add_result(api: Resolver, backend: Backend) -> None:
    @api.get(
        "/v1/jobs/<job_id>/result",
        tags=TAG,
        summary="Get the result CSV",
        description="Redirects to an address that works for 15 minutes, without a key.",
        operation_id="getResult",
        responses=answers({303: THERE}, JobNotFound, ResultNotReady),
    )
    def get_result(job_id: JobId) -> Response[None]:
        with backend.database.connection() as connection:
            job = backend.job(connection, job_id, tenant_id=tenant_of(api))
        if job.status != JobStatus.COMPLETED:
            raise _not_yet(ResultNotReady, job, "result")
        return _redirect(backend, job, keys.result(job_id, job.retries), suffix="result")


def _add_failures(api: Resolver, backend: Backend) -> None:
    @api.get(
        "/v1/jobs/<job_id>/failures",
        tags=TAG,
        summary="Get the rows that failed, as a CSV to mend",
        description=(
            "The rejected rows and those with a failed image, cells as they were, with the reasons "
            "in `Errors` and the row's number in `Input Row`: mend it and upload it again; these "
            "columns are then left out. All URLs of a row are kept, so that its row of the new "
            "result is whole. A short row has been filled up; surplus cells stand at the end. "
            "Exists once the job is completed (without rows, if nothing failed), or was rejected "
            "with `no_valid_rows`. Redirects to an address that works for 15 minutes."
        ),
        operation_id="getFailures",
        responses=answers({303: THERE}, JobNotFound, FailuresNotReady),
    )
    def get_failures(job_id: JobId) -> Response[None]:
        with backend.database.connection() as connection:
            job = backend.job(connection, job_id, tenant_id=tenant_of(api))
        if job.status != JobStatus.COMPLETED and not _rejected_by_its_rows(job):
            raise _not_yet(FailuresNotReady, job, "file of failures")
        return _redirect(backend, job, keys.failures(job_id, job.retries), suffix="failures")


def _rejected_by_its_rows(job: Job) -> bool:
    return job.error_code == FileErrorCode.NO_VALID_ROWS and job.rows_total > 0


def _redirect(backend: Backend, job: Job, key: str, *, suffix: str) -> Response[None]:
    url = backend.storage.download_url(key, filename=job.filename, suffix=suffix)
    return Response(303, headers={"Location": url})


def _not_yet(
    kind: type[ResultNotReady | FailuresNotReady], job: Job, what: str
) -> ResultNotReady | FailuresNotReady:
    if job.is_active:
        return kind(
            f"The job is {job.status}; its {what} exists once it is {JobStatus.COMPLETED}.",
            headers={"Retry-After": str(POLL_AFTER)},
        )
    reason = f": {job.error_message}" if job.error_message else "."
    return kind(f"The job is {job.status} and will have no {what}{reason}")
