"""In place of the processor: what it does with an image is not what is modelled."""

from uuid import UUID

from pipeline import keys
from pipeline.errors import ImageErrorCode
from pipeline.messages import (
    Failure,
    ImageFinished,
    ImagesFinished,
    OutputImage,
    ProcessImage,
    SourceImage,
)
from pipeline.queues import Malformed, Queue, failures, received
from pipeline.states import ImageStatus
from tests.model.cloud import MemoryS3, MemorySqs
from tests.model.functions import Event


class Processor:
    """Drops what was cancelled, and reports the rest.

    Attributes:
        codes: what becomes of the next images, in turns; None is success.
        reported: what it said of images: job, position, code.
    """

    def __init__(self, sqs: MemorySqs, s3: MemoryS3) -> None:
        self.codes: list[ImageErrorCode | None] = [None]
        self.reported: set[tuple[UUID, int, str | None]] = set()
        self._outcomes = Queue(sqs, "outcomes")  # type: ignore[arg-type] # enough of a client
        self._s3 = s3

    def process(self, event: Event) -> Event:
        outcomes = []
        for each in received(event, ProcessImage):
            assert not isinstance(each, Malformed)
            image = each.message
            if ("images", keys.cancelled(image.job_id)) not in self._s3.objects:
                code, *others = self.codes
                self.codes = [*others, code]
                self.reported.add((image.job_id, image.position, code))
                outcomes.append(_outcome(image, code))
        if outcomes:
            self._outcomes.send([ImagesFinished(outcomes=outcomes)])
        return failures([])


def _outcome(message: ProcessImage, code: ImageErrorCode | None) -> ImageFinished:
    if code is not None:
        return ImageFinished(
            job_id=message.job_id,
            position=message.position,
            status=ImageStatus.FAILED,
            retry=message.retry,
            error=Failure(code=code, message="It could not be had."),
        )
    return ImageFinished(
        job_id=message.job_id,
        position=message.position,
        status=ImageStatus.SUCCEEDED,
        retry=message.retry,
        output_url=output_url(message.job_id, message.position),
        input=SourceImage(bytes=10),
        output=OutputImage(bytes=5, width=1, height=1, format="jpeg", sha256="00" * 32),
    )


def output_url(job_id: UUID, position: int) -> str:
    return f"https://cdn.example/{job_id}/{position}.jpg"
