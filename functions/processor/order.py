"""In which order the images of a batch are begun: a slow host's do not keep the others waiting."""

import threading
from collections import Counter, deque
from collections.abc import Iterable
from urllib.parse import urlsplit

from pipeline.messages import ProcessImage
from pipeline.queues import Received
from processor.retries import tries

Image = Received[ProcessImage]


class Order:
    """Shared by the threads of a batch: each takes the next image from the host of which the fewest
    are under way. A host that answers late then holds its share of the threads and no more, and
    whoever else is in the batch gets on.

    Of one host those go first that were tried most often, which have waited longest.
    """

    def __init__(self, images: Iterable[Image]) -> None:
        self._waiting: dict[str, deque[Image]] = {}
        self._under_way: Counter[str] = Counter()
        self._lock = threading.Lock()
        for each in sorted(images, key=lambda each: -tries(each)):
            self._waiting.setdefault(_host(each), deque()).append(each)

    def take(self) -> Image:
        """The image to begin now. There are as many as were given, and no more."""
        with self._lock:
            host = min(
                (host for host, images in self._waiting.items() if images),
                key=lambda host: (self._under_way[host], -tries(self._waiting[host][0])),
            )
            self._under_way[host] += 1
            return self._waiting[host].popleft()

    def end(self, image: Image) -> None:
        """It is no longer under way."""
        with self._lock:
            self._under_way[_host(image)] -= 1


def _host(image: Image) -> str:
    """Of a URL that need not be one; then it fails at once, wherever it stands."""
    try:
        return urlsplit(image.message.url).hostname or ""
    except ValueError:
        return ""
