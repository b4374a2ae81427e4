"""One image from URL to store, and the receipt of it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from imaging import memory
from imaging.processing import Compressed, compress
from imaging.source import open_source
from imaging.stores import CompressedImage
from outbound.client import FETCH_SECONDS, LARGEST_FILE, Client
from outbound.politeness import BusyError
from pipeline.errors import ImageError, ImageErrorCode, TransientError
from pipeline.messages import Failure, ImageFinished, ProcessImage, SourceImage, Timings
from pipeline.options import ImageOptions, understood
from pipeline.states import ImageStatus
from processor import allocator, retries
from processor.budget import Budget, Share
from processor.stores import Stores

DOWNLOADED = 4 * LARGEST_FILE
"""Bytes of downloads that may wait in memory for their turn at the codec."""

RESERVE = 30.0
"""Seconds that compressing and storing may take; nothing is begun that would not fit."""

REPORTING = 2.0
"""Seconds kept for the outcome's own way."""

TimeLeft = Callable[[], float]
"""Seconds until Lambda ends the invocation."""


class OutOfTimeError(Exception):
    """The invocation would end before the image does. It counts as not begun."""


@dataclass
class Receipt:
    """What is known of an image so far."""

    message: ProcessImage
    source: SourceImage | None = None
    milliseconds: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.milliseconds[part] = round((time.monotonic() - started) * 1000)

    def succeeded(self, compressed: Compressed, url: str) -> ImageFinished:
        return ImageFinished(
            job_id=self.message.job_id,
            position=self.message.position,
            status=ImageStatus.SUCCEEDED,
            output_url=url,
            input=self.source,
            output=compressed.summary,
            timings=Timings(**self.milliseconds),
            retry=self.message.retry,
        )

    def failed(self, code: ImageErrorCode, message: str) -> ImageFinished:
        return ImageFinished(
            job_id=self.message.job_id,
            position=self.message.position,
            status=ImageStatus.FAILED,
            error=Failure(code=code, message=message),
            input=self.source,
            timings=Timings(**self.milliseconds),
            retry=self.message.retry,
        )


class ImageProcessor:
    """Shared by the threads of a batch: waiting overlaps, computing and memory are bounded.

    Args:
        cores: images in the codec at once.
        bytes_: of memory in the codec at once; no more than the largest single image needs anyway.
            With the downloads and the function itself it stays below 1,769 MB.
    """

    def __init__(
        self,
        *,
        client: Client,
        stores: Stores,
        cores: int | None = None,
        bytes_: int = memory.MOST,
    ) -> None:
        self._client = client
        self._stores = stores
        self._codec = threading.BoundedSemaphore(cores or len(os.sched_getaffinity(0)))
        self._memory = Budget(bytes_)
        self._downloads = Budget(DOWNLOADED)

    def process(self, message: ProcessImage, *, tries: int, time_left: TimeLeft) -> ImageFinished:
        """Brings one image to its end.

        Args:
            tries: which one this is; the last one records its error.

        Raises:
            TransientError: to be tried again, perhaps by a newer release (``NotUnderstoodError``).
            OutOfTimeError: to come again without having been tried.
        """
        receipt = Receipt(message)
        try:
            options = understood(message.options)
            store = self._stores.named(options.store)
            store.admit()
            compressed = self._fetched_and_compressed(message, options, receipt, time_left)
            with receipt.timed("store"):
                url = store.put(_kept(message, compressed), patience=time_left() - REPORTING)
        except ImageError as error:
            return receipt.failed(error.code, error.message)
        except BusyError as error:
            raise OutOfTimeError from error
        except TransientError as error:
            if not retries.is_last(error.code, tries):
                raise
            return receipt.failed(error.code, error.message)
        return receipt.succeeded(compressed, url)

    def _fetched_and_compressed(
        self, message: ProcessImage, options: ImageOptions, receipt: Receipt, time_left: TimeLeft
    ) -> Compressed:
        patience = time_left() - FETCH_SECONDS - RESERVE
        if patience < 0:
            raise OutOfTimeError
        with self._downloads.share() as room:
            with receipt.timed("fetch"):
                fetched = self._client.fetch(
                    message.url, patience=patience, admit=partial(_admitted, room, time_left)
                )
            room.resize(len(fetched.body))
            return self._compressed(fetched.body, options, receipt, time_left)

    def _compressed(
        self, body: bytes, options: ImageOptions, receipt: Receipt, time_left: TimeLeft
    ) -> Compressed:
        receipt.source = SourceImage(bytes=len(body))
        with self._codec:
            source = open_source(body)
            receipt.source = source.summary
            needed = memory.needed(source, options)
            with self._memory.share(needed):
                if time_left() < RESERVE:
                    raise OutOfTimeError
                if needed > memory.MOST // 2:
                    allocator.give_back()
                with receipt.timed("codec"):
                    return compress(source, options)


def _admitted(room: Share, time_left: TimeLeft, size: int) -> None:
    """Waits for memory as long as there is time for the download and what follows it."""
    patience = time_left() - FETCH_SECONDS - RESERVE
    if not room.resize(size, patience=patience):
        raise OutOfTimeError


def _kept(message: ProcessImage, compressed: Compressed) -> CompressedImage:
    return CompressedImage(
        tenant_id=message.tenant_id,
        job_id=message.job_id,
        position=message.position,
        data=compressed.data,
        extension=compressed.format.extension,
        content_type=compressed.format.content_type,
        product=message.product,
    )
