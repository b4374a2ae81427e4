"""What a webhook says: the event, when it happened, and the job as the API shows it."""

from datetime import UTC, datetime

from pydantic import BaseModel

from pipeline.job import Job, JobView
from pipeline.states import JobEvent


class WebhookBody(BaseModel):
    """The shape that Standard Webhooks recommends: ``type``, ``timestamp``, ``data``."""

    type: JobEvent
    timestamp: datetime
    data: JobView


def body(job: Job, event: JobEvent, *, api_url: str, at: datetime | None = None) -> str:
    """The JSON to sign and send. A job's own fields bound it: well under 20 kB."""
    return WebhookBody(
        type=event, timestamp=at or datetime.now(UTC), data=JobView.of(job, api_url=api_url)
    ).model_dump_json()
