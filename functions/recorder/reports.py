"""The messages of the recorder's queues: outcomes, dead letters of images and of deliveries."""

from typing import Annotated

from pydantic import Discriminator, Tag, TypeAdapter

from pipeline.messages import (
    DeliverWebhook,
    DeliveryAttempted,
    ImagesFinished,
    Outcome,
    ProcessImage,
)

Recordable = ImagesFinished | DeliveryAttempted | ProcessImage | DeliverWebhook


def _queue(body: object) -> str | None:
    """Which of the recorder's queues a body comes from. What has a ``kind`` is an outcome, also one
    that only a newer release knows, and never a dead letter."""
    if not isinstance(body, dict):
        return None
    if "kind" in body:
        return "outcomes"
    return "images-dead" if "position" in body else "deliveries-dead"


MESSAGE: TypeAdapter[Recordable] = TypeAdapter(
    Annotated[
        Annotated[Outcome, Tag("outcomes")]
        | Annotated[ProcessImage, Tag("images-dead")]
        | Annotated[DeliverWebhook, Tag("deliveries-dead")],
        Discriminator(_queue),
    ]
)
