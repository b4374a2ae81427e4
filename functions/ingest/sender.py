"""Sending a job's images to the processor while the next rows are read and stored."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from database.images import NewImage, PendingImage
from pipeline.job import Job
from pipeline.messages import ProcessImage
from pipeline.queues import Queue


class ImageSender:
    """Sends one chunk of images at a time in the background; the next one waits for it, which
    bounds what is under way.

    Attributes:
        sent: images before this position are on the queue for certain.
    """

    def __init__(self, queue: Queue, job: Job) -> None:
        self.sent = job.images_queued
        self._queue = queue
        self._job = job
        self._pool = ThreadPoolExecutor(1)
        self._under_way: tuple[Future[int], int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def send(self, images: Iterable[NewImage | PendingImage], *, up_to: int) -> None:
        """Sends images once those before them are sent.

        Args:
            up_to: the position behind the last of them.

        Raises:
            SendError: sending those before them failed.
        """
        self.wait()
        messages = [
            ProcessImage(
                tenant_id=self._job.tenant_id,
                job_id=self._job.job_id,
                position=each.position,
                url=each.url,
                options=self._job.options,
                retry=self._job.retries,
                product=each.product,
            )
            for each in images
        ]
        self._under_way = self._pool.submit(self._queue.send, messages), up_to

    def wait(self) -> None:
        """Returns once everything given is on the queue.

        Raises:
            SendError: SQS refused it; it is to be sent again from ``sent`` on.
        """
        if self._under_way is not None:
            future, up_to = self._under_way
            self._under_way = None
            future.result()
            self.sent = up_to
