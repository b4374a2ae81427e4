"""Every message on a queue: commands in the imperative, facts in the past tense.

A message is a hint that may come late, twice or never. PostgreSQL holds the truth, and every
message can be made again from it.

Two releases read each other's messages while one is deployed over the other, and a message may wait
for days. So what a release adds to a message has a default, and is only sent where it differs from
that; what an older release does not know it leaves aside (docs/technical-design.md, Two releases).
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from pipeline.errors import ImageErrorCode
from pipeline.options import StoredOptions
from pipeline.states import ImageStatus
from pipeline.tolerant import Open

Count = Annotated[int, Field(ge=0, lt=2**31)]
"""What PostgreSQL's ``integer`` holds."""


class Message(BaseModel):
    """A value that travels as JSON and never changes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def as_json(self) -> str:
        """The body to send. What has its default is left out, so that a release that does not know
        the field yet reads the message as one of its own."""
        return self.model_dump_json(exclude_defaults=True)


class Report(Message):
    """One of several messages on a queue, told apart by ``kind``."""

    kind: str

    @model_serializer(mode="wrap")
    def _with_its_kind(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Also where defaults are left out."""
        return {"kind": self.kind, **fields(self)}


class IngestUpload(Message):
    """uploads queue → ingest: a CSV has arrived (S3's own notification says the same)."""

    job_id: UUID
    version_id: str | None = None
    """S3 version of the upload; later uploads under the same key must not change the job."""


class ProcessImage(Message):
    """images queue → processor: fetch, compress and store one image."""

    tenant_id: UUID
    job_id: UUID
    position: Count
    """Place of the URL among the job's distinct URLs, in order of first appearance."""
    url: str
    options: StoredOptions
    retry: Count = 0
    """How often the job's failed images had been queued again by then."""
    tries: Count = 0
    """How often it had been tried under earlier messages: what a processor has no time to begin, it
    sends anew, and SQS counts from one again."""
    product: str | None = None
    """Name of the first product that shows the image, for a store that keeps such things."""


class Failure(Message):
    code: Open[ImageErrorCode]
    message: str


class SourceImage(Message):
    """What was fetched, as far as it was understood before something failed."""

    bytes: Count
    width: Count | None = None
    height: Count | None = None
    format: str | None = None


class OutputImage(Message):
    """What was stored. ``sha256`` is lower-case hexadecimal, of the stored bytes."""

    bytes: Count
    width: Count
    height: Count
    format: str
    sha256: str


class Timings(Message):
    """Milliseconds of wall time spent on one image."""

    fetch: int = 0
    codec: int = 0
    store: int = 0


class ImageFinished(Message):
    """One image reached its end: succeeded (``output``, ``output_url``) or failed (``error``)."""

    job_id: UUID
    position: Count
    status: Literal[ImageStatus.SUCCEEDED, ImageStatus.FAILED]
    output_url: str | None = None
    error: Failure | None = None
    input: SourceImage | None = None
    output: OutputImage | None = None
    timings: Timings = Timings()
    retry: Count = 0
    """That of the ``ProcessImage``: what comes in late from before a retry does not count."""


class ImagesFinished(Report):
    """outcomes queue → recorder: what a processor's batch came to."""

    kind: Literal["images_finished"] = "images_finished"
    outcomes: list[ImageFinished]


class DeliveryAttempted(Report):
    """outcomes queue → recorder: one HTTP POST to a webhook and what came back."""

    kind: Literal["delivery_attempted"] = "delivery_attempted"
    delivery_id: UUID
    attempt: int = Field(ge=1, lt=2**31)
    at: datetime
    milliseconds: Count
    status_code: int | None = None
    error: str | None = None
    retry_after: float | None = None
    """Seconds the receiver asked us to wait."""


Outcome = Annotated[ImagesFinished | DeliveryAttempted, Field(discriminator="kind")]
"""Anything the outcomes queue carries."""


class FinishJob(Message):
    """finished queue → finisher: every image has its outcome; write the result."""

    job_id: UUID


class DeliverWebhook(Message):
    """deliveries queue → notifier: one request, signed already, to send as it is."""

    delivery_id: UUID
    attempt: int = Field(ge=1, lt=2**31)
    url: str
    headers: dict[str, str]
    body: str
    expires_at: datetime
    """After this the signature is too old to be accepted; drop it, a fresh one will be queued."""
    tenant_id: UUID | None = Field(default=None, exclude=True)
    """Known to who sends it, for its group. The body goes without: release 0.1.0 reads strictly."""


def tenant_group(message: ProcessImage | DeliverWebhook) -> str:
    """The message group of an image or a webhook: SQS is fair between groups."""
    return str(message.tenant_id)
