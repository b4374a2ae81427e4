from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.job import Job, JobView
from pipeline.options import ImageOptions
from pipeline.states import ACTIVE, JobStatus

API = "https://api.example"
AT = datetime(2026, 9, 21, 12, tzinfo=UTC)


def job(**changes: Any) -> Job:
    values: dict[str, Any] = {
        "job_id": UUID(int=1),
        "tenant_id": UUID(int=2),
        "status": JobStatus.PROCESSING,
        "filename": "products.csv",
        "webhook_url": None,
        "options": ImageOptions().stored(),
        "source_version": "v1",
        "rows_total": 12,
        "rows_rejected": 2,
        "images_total": 8,
        "images_succeeded": 3,
        "images_failed": 1,
        "images_queued": 8,
        "input_bytes": 900,
        "output_bytes": 300,
        "error_code": None,
        "error_message": None,
        "created_at": AT,
        "updated_at": AT,
        "completed_at": None,
        "upload_expires_at": AT,
    }
    return Job(**values | changes)


def test_the_view_has_the_shape_of_the_contract() -> None:
    view = JobView.of(job(), api_url=API).model_dump(mode="json")
    assert view == {
        "job_id": str(UUID(int=1)),
        "status": "processing",
        "filename": "products.csv",
        "created_at": "2026-09-21T12:00:00Z",
        "updated_at": "2026-09-21T12:00:00Z",
        "completed_at": None,
        "rows": {"total": 12, "rejected": 2},
        "images": {"total": 8, "pending": 4, "succeeded": 3, "failed": 1},
        "bytes": {"input": 900, "output": 300},
        "progress": 0.5,
        "options": ImageOptions().model_dump(mode="json"),
        "webhook_url": None,
        "result_url": None,
        "error": None,
    }


def test_a_column_that_the_view_does_not_know_stays_inside() -> None:
    assert not hasattr(job(repairs=3), "repairs")
    assert "tenant_id" not in JobView.of(job(), api_url=API).model_dump()


def test_a_completed_job_links_to_its_result() -> None:
    view = JobView.of(job(status=JobStatus.COMPLETED, completed_at=AT), api_url=API)
    assert view.result_url == f"{API}/v1/jobs/{UUID(int=1)}/result"
    assert view.progress == 1


def test_a_rejected_job_says_why() -> None:
    view = JobView.of(
        job(status=JobStatus.REJECTED, error_code="empty_file", error_message="It is empty."),
        api_url=API,
    )
    assert view.error is not None
    assert view.error.model_dump() == {"code": "empty_file", "message": "It is empty."}


@pytest.mark.parametrize(
    ("status", "progress"),
    [
        (JobStatus.AWAITING_UPLOAD, 0),
        (JobStatus.INGESTING, 0),
        (JobStatus.PROCESSING, 0.5),
        (JobStatus.FINALIZING, 0.5),
        (JobStatus.COMPLETED, 1),
        (JobStatus.REJECTED, 0),
    ],
)
def test_progress_counts_only_once_the_total_is_known(status: JobStatus, progress: float) -> None:
    assert job(status=status).progress == progress


def test_a_job_without_images_has_made_no_progress_until_it_is_complete() -> None:
    none = {"images_total": 0, "images_succeeded": 0, "images_failed": 0}
    assert job(**none).progress == 0
    assert job(**none, status=JobStatus.COMPLETED).progress == 1


@given(
    st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(JobStatus)
)
def test_the_counts_add_up_in_every_state(
    pending: int, succeeded: int, failed: int, status: JobStatus
) -> None:
    seen = JobView.of(
        job(
            status=status,
            images_total=pending + succeeded + failed,
            images_succeeded=succeeded,
            images_failed=failed,
        ),
        api_url=API,
    )
    images = seen.images
    assert images.total == images.pending + images.succeeded + images.failed
    assert 0 <= seen.progress <= 1


@pytest.mark.parametrize("status", JobStatus)
def test_a_job_is_active_until_it_has_ended(status: JobStatus) -> None:
    assert job(status=status).is_active == (status in ACTIVE)
