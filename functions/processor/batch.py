"""One event of the images queue: all its images at once, a message about each twenty of them."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from pipeline import redelivery
from pipeline.errors import TransientError
from pipeline.figures import Figures
from pipeline.messages import ImageFinished, ProcessImage
from pipeline.queues import Malformed, Queue, Received, SendFailedError, failures, received
from pipeline.visibility import PutBack, Visibility
from processor import figures, outcomes
from processor.cancellations import Cancellations
from processor.image import ImageProcessor, OutOfTimeError, TimeLeft
from processor.order import Order
from processor.retries import anew, hold, pause, tries
from processor.uploads import Uploads

THREADS = 24
"""Images under way at once: as many as wait for their servers, whatever the codec's bound."""

PORTION = 20
"""Outcomes reported at once. An image that kills the function takes no more of its neighbours' work
with it, and users see their job go on while a large batch is under way."""

REPORTED_AFTER = 5.0
"""Seconds since the last report after which one of fewer images goes out, where the others of the
batch take their time."""

GIVEN_BACK = 2
"""Seconds until an image comes again that was not begun."""

Image = Received[ProcessImage]
Finished = tuple[Image, ImageFinished]


@dataclass(frozen=True)
class NotBegun:
    """There was no time left for it."""


@dataclass(frozen=True)
class Batch:
    """What a batch is worked with."""

    processor: ImageProcessor
    cancellations: Cancellations
    images: Queue
    outcomes: Queue
    visibility: Visibility
    logger: Logger
    uploads: Uploads

    def work_through(self, event: dict[str, Any], *, time_left: TimeLeft) -> dict[str, Any]:
        """Works all messages concurrently and reports the images that reached their end. Those of
        cancelled jobs have none: their messages are dropped.

        Returns:
            a partial batch response: what is to be tried again, what could not be reported among
            it. Compressing an image again is cheaper than losing it.
        """
        told = Figures()
        parsed, malformed = self._parsed(event)
        again: list[PutBack] = []
        not_begun: list[Image] = []
        with ThreadPoolExecutor(THREADS) as pool:
            # Beside the first fetches: it takes ten requests to SQS for a full batch.
            held = pool.submit(
                self.visibility.change, [_put_back(each, hold(time_left())) for each in parsed]
            )
            cancelled = self.cancellations.among(each.message.job_id for each in parsed)
            wanted = [each for each in parsed if each.message.job_id not in cancelled]
            order = Order(wanted)
            works = [pool.submit(self._next, order, time_left) for _ in wanted]
            finished: list[Finished] = []
            reported = time.monotonic()
            for work in as_completed(works):
                each, end = work.result()
                if isinstance(end, NotBegun):
                    not_begun.append(each)
                    told.add("ImagesAgain")
                elif isinstance(end, PutBack):
                    again.append(end)
                    told.add("ImagesAgain")
                else:
                    finished.append((each, end))
                    figures.note(told, end)
                waited = time.monotonic() - reported
                if len(finished) == PORTION or (finished and waited > REPORTED_AFTER):
                    again += self._reported(finished)
                    finished, reported = [], time.monotonic()
            held.result()
        again += self._reported(finished)
        ended = len(wanted) - len(again) - len(not_begun)
        again += self._sent_anew(not_begun)
        self.visibility.change([*again, *malformed])
        self.uploads.tell(told)
        told.write()
        self.logger.info(
            "batch",
            extra={
                "finished": ended,
                "again": len(again),
                "not_begun": len(not_begun),
                "cancelled": len(parsed) - len(wanted),
                "malformed": len(malformed),
            },
        )
        return failures(each.message_id for each in [*malformed, *again])

    def _parsed(self, event: dict[str, Any]) -> tuple[list[Image], list[PutBack]]:
        """The images, and what cannot be read: somebody else gets that soon, perhaps a newer
        release's processor."""
        wanted, malformed = [], []
        for each in received(event, ProcessImage):
            if isinstance(each, Malformed):
                self.logger.error("malformed message", extra={"reason": each.reason})
                seconds = redelivery.pause(each.receives)
                malformed.append(PutBack(each.message_id, each.receipt_handle, seconds))
            else:
                wanted.append(each)
        return wanted, malformed

    def _next(
        self, order: Order, time_left: TimeLeft
    ) -> tuple[Image, ImageFinished | PutBack | NotBegun]:
        each = order.take()
        try:
            return each, self._end(each, time_left)
        finally:
            order.end(each)

    def _end(self, each: Image, time_left: TimeLeft) -> ImageFinished | PutBack | NotBegun:
        """One image's end: a bug in its way harms no other image of the batch."""
        image = {"job_id": str(each.message.job_id), "position": each.message.position}
        try:
            return self.processor.process(each.message, tries=tries(each), time_left=time_left)
        except OutOfTimeError:
            return NotBegun()
        except TransientError as error:
            seconds = pause(tries(each), code=error.code, retry_after=error.retry_after)
            self.logger.info("image again", extra={**image, "code": error.code, "in": seconds})
            return _put_back(each, seconds)
        except Exception:
            self.logger.exception("image not processed", extra=image)
            return _put_back(each, pause(tries(each)))

    def _reported(self, finished: Sequence[Finished]) -> list[PutBack]:
        """Reports; returns what must come again because that failed."""
        try:
            self.outcomes.send(outcomes.messages(end for _, end in finished))
        except (SendFailedError, BotoCoreError, ClientError):
            self.logger.exception("outcomes not sent")
            return [_put_back(each, pause(tries(each))) for each, _ in finished]
        except Exception:
            # One of them cannot be sent; its neighbours' work must not be lost with it.
            if len(finished) > 1:
                half = len(finished) // 2
                return [*self._reported(finished[:half]), *self._reported(finished[half:])]
            [(image, _)] = finished
            about = {"job_id": str(image.message.job_id), "position": image.message.position}
            self.logger.exception("outcome not sent", extra=about)
            return [_put_back(image, pause(tries(image)))]
        return []

    def _sent_anew(self, images: Sequence[Image]) -> list[PutBack]:
        """Sends what was not begun as new messages; returns what must come again as it is."""
        again = {each.message_id: message for each in images if (message := anew(each))}
        try:
            self.images.send(again.values(), delay=GIVEN_BACK)
        except (SendFailedError, BotoCoreError, ClientError):
            self.logger.exception("images not sent anew")
            again = {}
        return [_put_back(each, GIVEN_BACK) for each in images if each.message_id not in again]


def _put_back(each: Image, seconds: int) -> PutBack:
    return PutBack(each.message_id, each.receipt_handle, seconds)
