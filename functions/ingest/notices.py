"""What a message of the uploads queue announces, whoever wrote it."""

from typing import Literal

from pydantic import BaseModel, Field, TypeAdapter

from pipeline import keys
from pipeline.messages import IngestUpload


class TestEvent(BaseModel):
    """S3 sends this once, when notifications are set up."""

    event: Literal["s3:TestEvent"] = Field(alias="Event")


class S3Object(BaseModel):
    """``key`` is URL-encoded; a bucket without versions tells none."""

    key: str
    version_id: str | None = Field(default=None, alias="versionId")


class S3Entity(BaseModel):
    object: S3Object


class S3Record(BaseModel):
    event_name: str = Field(alias="eventName")
    s3: S3Entity


class S3Notification(BaseModel):
    """As much as matters here of what S3 sends
    (docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html)."""

    records: list[S3Record] = Field(alias="Records")


NOTICE: TypeAdapter[IngestUpload | S3Notification | TestEvent] = TypeAdapter(
    IngestUpload | S3Notification | TestEvent
)


def announced(body: str) -> list[IngestUpload]:
    """The uploads that a message speaks of: an S3 notification's, or an ``IngestUpload`` itself.

    Raises:
        ValueError: neither of them; only the dead-letter queue helps.
    """
    match NOTICE.validate_json(body):
        case IngestUpload() as upload:
            return [upload]
        case S3Notification(records=records):
            return [
                IngestUpload(
                    job_id=keys.job_of_upload(record.s3.object.key),
                    version_id=record.s3.object.version_id,
                )
                for record in records
                if record.event_name.startswith("ObjectCreated:")
            ]
        case TestEvent():
            return []
