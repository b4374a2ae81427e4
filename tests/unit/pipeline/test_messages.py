from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import ImageErrorCode
from pipeline.messages import (
    DeliverWebhook,
    DeliveryAttempted,
    Failure,
    FinishJob,
    ImageFinished,
    ImagesFinished,
    IngestUpload,
    Message,
    Outcome,
    OutputImage,
    ProcessImage,
    SourceImage,
    Timings,
)
from pipeline.options import ImageOptions
from pipeline.states import ImageStatus

ONE = UUID(int=1)
AT = datetime(2026, 9, 21, 12, tzinfo=UTC)

SUCCEEDED = ImageFinished(
    job_id=ONE,
    position=0,
    status=ImageStatus.SUCCEEDED,
    output_url="https://images.example/0.jpg",
    input=SourceImage(bytes=900, width=30, height=20, format="jpeg"),
    output=OutputImage(bytes=300, width=30, height=20, format="jpeg", sha256="ab" * 32),
    timings=Timings(fetch=150, codec=20, store=50),
)
FAILED = ImageFinished(
    job_id=ONE,
    position=1,
    status=ImageStatus.FAILED,
    error=Failure(code=ImageErrorCode.NOT_FOUND, message="The server answered 404."),
)
MESSAGES: dict[str, Message] = {
    "IngestUpload": IngestUpload(job_id=ONE),
    "IngestUpload of a version": IngestUpload(job_id=ONE, version_id="v1"),
    "ProcessImage": ProcessImage(
        tenant_id=ONE,
        job_id=ONE,
        position=0,
        url="https://a.example/ä",
        options=ImageOptions().stored(),
    ),
    "ImagesFinished": ImagesFinished(outcomes=[SUCCEEDED, FAILED]),
    "DeliveryAttempted": DeliveryAttempted(
        delivery_id=ONE, attempt=1, at=AT, milliseconds=7, status_code=200
    ),
    "FinishJob": FinishJob(job_id=ONE),
    "DeliverWebhook": DeliverWebhook(
        delivery_id=ONE,
        attempt=1,
        url="https://a.example",
        headers={"webhook-id": "1"},
        body="{}",
        expires_at=AT,
    ),
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_survives_its_way_as_json(message: Message) -> None:
    text = message.as_json()
    assert type(message).model_validate_json(text) == message


def test_outcomes_are_told_apart_by_their_kind() -> None:
    adapter: TypeAdapter[object] = TypeAdapter(Outcome)
    for message in MESSAGES.values():
        if isinstance(message, ImagesFinished | DeliveryAttempted):
            assert adapter.validate_json(message.as_json()) == message


@pytest.mark.parametrize(
    ("field", "value"), [("position", -1), ("position", 2**31), ("status", "pending")]
)
def test_what_no_image_can_have_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        ImageFinished.model_validate(FAILED.model_dump() | {field: value})


def test_a_message_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        FAILED.position = 3  # type: ignore[misc]  # that is the point
