"""What the API answers with. A job's status is ``pipeline.job.JobView``, which webhooks share."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from pipeline.errors import ImageErrorCode
from pipeline.job import JobView
from pipeline.states import DeliveryStatus, ImageStatus, JobEvent, JobStatus
from pipeline.tolerant import Open

NextCursor = Annotated[
    str | None,
    Field(description="Send it as `cursor` for the next page; null on the last one."),
]


class Upload(BaseModel):
    """A pre-signed S3 form: POST `fields` and then the CSV as `file`, as multipart/form-data."""

    url: str
    fields: dict[str, str] = Field(description="Send each as it is, before the file.")
    expires_at: datetime


class JobCreated(BaseModel):
    """A job that waits for its CSV."""

    job_id: UUID
    status: Open[JobStatus] = Field(
        description="`awaiting_upload`, unless a repeated request (`Idempotency-Key`) finds the "
        "job further on."
    )
    upload: Upload | None = Field(description="Null once the job no longer waits for its CSV.")


class JobList(BaseModel):
    items: list[JobView] = Field(description="Newest first.")
    next_cursor: NextCursor


class ImageProblem(BaseModel):
    code: Open[ImageErrorCode] = Field(description="Stable: branch on this.")
    message: str


class InputView(BaseModel):
    """What was fetched, as far as it was understood."""

    bytes: int
    width: int | None
    height: int | None
    format: str | None


class OutputView(BaseModel):
    """What was stored."""

    bytes: int
    width: int
    height: int
    format: str
    sha256: str = Field(description="Of the stored bytes, in hexadecimal.")


class ImageView(BaseModel):
    """One distinct URL of a job and what became of it."""

    source_url: str
    status: Open[ImageStatus]
    output_url: str | None
    error: ImageProblem | None
    input: InputView | None
    output: OutputView | None


class ImageList(BaseModel):
    items: list[ImageView] = Field(description="In order of first appearance in the CSV.")
    next_cursor: NextCursor


class AttemptView(BaseModel):
    """One request to a webhook and what came back."""

    at: datetime
    status_code: int | None = Field(description="Null if there was no answer.")
    error: str | None
    milliseconds: int


class DeliveryView(BaseModel):
    """One event of a job on its way to the webhook."""

    delivery_id: UUID = Field(description="The `webhook-id` of every attempt.")
    event: Open[JobEvent]
    url: str
    status: Open[DeliveryStatus]
    next_attempt_at: datetime | None
    attempts: list[AttemptView]


class DeliveryList(BaseModel):
    items: list[DeliveryView] = Field(description="Oldest first.")
    next_cursor: NextCursor


class PreviousSecret(BaseModel):
    secret: str
    expires_at: datetime


class WebhookSecret(BaseModel):
    """What webhooks are signed with, by Standard Webhooks."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    previous: PreviousSecret | None = Field(
        description="After a rotation: also signs, until it expires."
    )


class Health(BaseModel):
    status: Literal["ok"]
