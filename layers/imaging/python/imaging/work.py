"""An image on its way through the steps."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from imaging import choice, colours, encoding
from imaging.animation import Frame
from imaging.formats import Format
from imaging.source import Source
from pipeline.options import ImageOptions

Change = Callable[[Image.Image], Image.Image]


@dataclass
class Work:
    """An image on its way through the steps. ``full`` is its size as seen, before any shrinking.

    ``is_native`` says that its colours are such as browsers show without a profile.
    """

    source: Source
    options: ImageOptions
    profile: bytes | None = None
    orientation: int = 1
    full: tuple[int, int] = (0, 0)
    is_native: bool = True
    frames: list[Frame] = field(default_factory=list)
    plays: int = 0
    format: Format = Format.JPEG
    data: bytes = b""

    @property
    def size(self) -> tuple[int, int]:
        return self.frames[0].image.size

    @property
    def target(self) -> Format:
        """The format as far as it is known before the pixels are."""
        return choice.target(self.options, self.source.format)

    @property
    def is_srgb(self) -> bool:
        return self.is_native and (self.profile is None or colours.is_srgb(self.profile))

    def each(self, change: Change) -> None:
        self.frames = [Frame(change(frame.image), frame.milliseconds) for frame in self.frames]

    def encoded(self, quality: int, *, smallest: bool = False) -> bytes:
        return encoding.encode(
            self.frames, self.format, quality=quality, plays=self.plays, smallest=smallest
        )
