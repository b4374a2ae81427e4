"""Downloading the rows that failed, through the api function."""

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from database import jobs
from database.connection import Connection
from pipeline.states import JobStatus
from tests.api_requests import Call, assert_problem, get


def reject(connection: Connection, job_id: UUID, code: str, *, rows: int) -> None:
    jobs.add_ingested(
        connection, job_id, rows=rows, rejected=rows, images=0, failed_images=0, queued=0
    )
    jobs.move(connection, job_id, JobStatus.REJECTED, error=(code, "It cannot be used."))


def test_a_completed_job_redirects_to_a_download_with_a_name(
    call: Call, job_id: UUID, connection: Connection
) -> None:
    for status in (JobStatus.PROCESSING, JobStatus.FINALIZING, JobStatus.COMPLETED):
        jobs.move(connection, job_id, status)
    answer = get(call, f"/v1/jobs/{job_id}/failures")
    assert (answer["statusCode"], answer["body"]) == (303, "")
    parts = urlsplit(answer["headers"]["Location"])
    assert parts.path.endswith(f"results/{job_id}-failures.csv")
    assert parse_qs(parts.query)["response-content-disposition"] == [
        'attachment; filename="chairs-failures.csv"'
    ]


def test_a_job_rejected_for_its_rows_has_them(
    call: Call, job_id: UUID, connection: Connection
) -> None:
    reject(connection, job_id, "no_valid_rows", rows=2)
    assert get(call, f"/v1/jobs/{job_id}/failures")["statusCode"] == 303


def test_there_are_none_while_the_job_is_active(call: Call, job_id: UUID) -> None:
    answer = get(call, f"/v1/jobs/{job_id}/failures")
    assert_problem(answer, 409, "failures_not_ready")
    assert answer["headers"]["Retry-After"] == "2"


def test_there_will_be_none_of_a_file_that_could_not_be_read(
    call: Call, job_id: UUID, connection: Connection
) -> None:
    reject(connection, job_id, "missing_column", rows=0)
    answer = get(call, f"/v1/jobs/{job_id}/failures")
    assert "It cannot be used." in assert_problem(answer, 409, "failures_not_ready")["detail"]
    assert "Retry-After" not in answer["headers"]


def test_another_tenants_failures_are_not_there(call: Call, job_id: UUID, other_key: str) -> None:
    answer = get(call, f"/v1/jobs/{job_id}/failures", key=other_key)
    assert_problem(answer, 404, "job_not_found")
