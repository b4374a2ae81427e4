import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from pipeline.job import Job, JobView
from pipeline.options import ImageOptions
from pipeline.states import JobEvent, JobStatus
from webhooks import bodies

AT = datetime(2026, 9, 21, 12, tzinfo=UTC)
API = "https://api.example"


def job(*, text: str = "products.csv") -> Job:
    return Job(
        job_id=UUID(int=1),
        tenant_id=UUID(int=2),
        status=JobStatus.COMPLETED,
        filename=text,
        webhook_url=f"https://shop.example/{text}",
        options=ImageOptions().stored(),
        source_version="v1",
        rows_total=12,
        rows_rejected=2,
        images_total=8,
        images_succeeded=7,
        images_failed=1,
        images_queued=8,
        input_bytes=900,
        output_bytes=300,
        error_code=None,
        error_message=text,
        created_at=AT,
        updated_at=AT,
        completed_at=AT,
        upload_expires_at=AT,
    )


@pytest.mark.parametrize("event", JobEvent)
def test_a_body_says_what_happened_when_and_to_which_job(event: JobEvent) -> None:
    body = json.loads(bodies.body(job(), event, api_url=API, at=AT))
    assert body == {
        "type": event.value,
        "timestamp": "2026-09-21T12:00:00Z",
        "data": JobView.of(job(), api_url=API).model_dump(mode="json"),
    }


def test_a_body_is_stamped_with_the_present_unless_told_otherwise() -> None:
    body = json.loads(bodies.body(job(), JobEvent.COMPLETED, api_url=API))
    stamped = datetime.fromisoformat(body["timestamp"])
    assert abs((datetime.now(UTC) - stamped).total_seconds()) < 60


def test_a_body_keeps_the_tenant_and_the_internals_to_itself() -> None:
    body = bodies.body(job(), JobEvent.COMPLETED, api_url=API)
    assert str(UUID(int=2)) not in body
    assert "source_version" not in body


def test_a_body_stays_small_with_the_longest_texts_that_the_api_takes() -> None:
    body = bodies.body(job(text="☕" * 2_000), JobEvent.COMPLETED, api_url=API)
    assert len(body.encode()) < 20_000
