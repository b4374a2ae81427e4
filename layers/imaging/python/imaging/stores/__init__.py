"""Where compressed images are kept and served from."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class CompressedImage:
    """An image to be kept, and whose it is.

    Attributes:
        position: its place among the images of its job.
        extension: of its format, without the dot.
        product: name of the first product that shows it, if anybody asked for it.
    """

    tenant_id: UUID
    job_id: UUID
    position: int
    data: bytes = field(repr=False)
    extension: str
    content_type: str
    product: str | None = None


class Store(Protocol):
    """Keeps images for good. Threads share it."""

    def admit(self) -> None:
        """Returns at once if ``put`` is worth trying, so that nothing is fetched and compressed for
        a store that is known to refuse it.

        Raises:
            ImageError, TransientError: what ``put`` would raise now, ``storage_error``.
        """
        ...

    def put(self, image: CompressedImage, *, patience: float) -> str:
        """Stores the image, replacing what was stored for its position before.

        Args:
            patience: seconds that this may take.

        Returns:
            the public URL.

        Raises:
            TransientError: ``storage_error``, worth another try.
            ImageError: ``storage_error``, which only a person can mend.
        """
        ...
