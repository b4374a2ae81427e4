"""One event of the images queue: all its images at once, one message about them."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import TransientError
from pipeline.messages import ImageFinished, ProcessImage
from pipeline.queues import Malformed, Queue, Received, SendFailedError, failures, received
from processor import outcomes
from processor.image import ImageProcessor, OutOfTimeError, TimeLeft
from processor.retries import PutBack, Visibility, pause

THREADS = 16
"""Images under way at once: as many as wait for their servers, whatever the codec's bound."""

GIVEN_BACK = 2
"""Seconds until an image comes again that was not begun."""


@dataclass(frozen=True)
class Batch:
    """What a batch is worked with."""

    processor: ImageProcessor
    outcomes: Queue
    visibility: Visibility
    logger: Logger

    def work_through(self, event: dict[str, Any], *, time_left: TimeLeft) -> dict[str, Any]:
        """Works all messages concurrently and reports the images that reached their end.

        Returns:
            a partial batch response: what is to be tried again, or everything if the report could
            not be sent. Compressing an image again is cheaper than losing it.
        """
        wanted, malformed = self._parsed(event)
        with ThreadPoolExecutor(THREADS) as pool:
            ends = list(pool.map(lambda each: self._end(each, time_left), wanted))
        finished = [end for end in ends if isinstance(end, ImageFinished)]
        again = [end for end in ends if isinstance(end, PutBack)]
        if not self._report(finished):
            again = [_put_back(each, pause(each.receives)) for each in wanted]
        self.visibility.change(again)
        self.logger.info(
            "batch",
            extra={"finished": len(finished), "again": len(again), "malformed": len(malformed)},
        )
        return failures([*malformed, *(each.message_id for each in again)])

    def _parsed(self, event: dict[str, Any]) -> tuple[list[Received[ProcessImage]], list[str]]:
        wanted, malformed = [], []
        for each in received(event, ProcessImage):
            if isinstance(each, Malformed):
                self.logger.error("malformed message", extra={"reason": each.reason})
                malformed.append(each.message_id)
            else:
                wanted.append(each)
        return wanted, malformed

    def _end(self, each: Received[ProcessImage], time_left: TimeLeft) -> ImageFinished | PutBack:
        """One image's end: a bug in its way harms no other image of the batch."""
        image = {"job_id": str(each.message.job_id), "position": each.message.position}
        try:
            return self.processor.process(each.message, receives=each.receives, time_left=time_left)
        except OutOfTimeError:
            return _put_back(each, GIVEN_BACK)
        except TransientError as error:
            seconds = pause(each.receives, code=error.code, retry_after=error.retry_after)
            self.logger.info("image again", extra={**image, "code": error.code, "in": seconds})
            return _put_back(each, seconds)
        except Exception:
            self.logger.exception("image not processed", extra=image)
            return _put_back(each, pause(each.receives))

    def _report(self, finished: Iterable[ImageFinished]) -> bool:
        try:
            self.outcomes.send(outcomes.messages(finished))
        except (SendFailedError, BotoCoreError, ClientError):
            self.logger.exception("outcomes not sent")
            return False
        return True


def _put_back(each: Received[ProcessImage], seconds: int) -> PutBack:
    return PutBack(each.message_id, each.receipt_handle, seconds)
