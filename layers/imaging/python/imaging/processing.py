"""What happens to an image, as a list of steps."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from imaging import choice, colours, geometry, transparency
from imaging.animation import Frame
from imaging.decoding import decode
from imaging.formats import Format
from imaging.smaller import keep_smaller
from imaging.source import Source
from imaging.work import Work
from pipeline.messages import OutputImage
from pipeline.options import ImageOptions


@dataclass(frozen=True)
class Compressed:
    """A finished image: its bytes, and what to say about them."""

    data: bytes
    format: Format
    width: int
    height: int

    @property
    def summary(self) -> OutputImage:
        return OutputImage(
            bytes=len(self.data),
            width=self.width,
            height=self.height,
            format=self.format,
            sha256=hashlib.sha256(self.data).hexdigest(),
        )


def compress(source: Source, options: ImageOptions) -> Compressed:
    """Makes of a source what the user asked for. Uses the source up.

    Raises:
        ImageError: ``corrupt_image`` when the pixels cannot be read.
    """
    work = Work(source, options)
    for step in STEPS:
        step(work)
    return Compressed(work.data, work.format, *work.size)


def orient(work: Work) -> None:
    """Turns the picture as EXIF says it was meant to be seen."""
    turn = geometry.TURNS.get(work.orientation)
    if turn is not None:
        work.each(lambda image: image.transpose(turn))


def convert_colours(work: Work) -> None:
    """To sRGB at 8 bits. A palette stays where the result can have one."""
    if work.frames[0].image.mode == "P" and _keeps_palette(work):
        work.each(lambda image: colours.palette_to_srgb(image, work.profile))
        return
    work.each(lambda image: colours.to_srgb(image, work.profile))
    opaque = [transparency.without_idle_alpha(frame.image) for frame in work.frames]
    if all(image.mode != "RGBA" for image in opaque):  # an animation has one mode for all
        work.frames = [Frame(o, f.milliseconds) for o, f in zip(opaque, work.frames, strict=True)]


def choose_format(work: Work) -> None:
    """``auto`` can be decided now: WebP for what moves or is seen through, else JPEG."""
    plain = len(work.frames) == 1 and work.frames[0].image.mode != "RGBA"
    work.format = choice.target(work.options, work.source.format, plain=plain)


def resize(work: Work) -> None:
    """Shrinks to the limits asked for, and to those of the format. Never enlarges."""
    transparent = any(frame.image.mode == "RGBA" for frame in work.frames)
    moving = len(work.frames) > 1
    size = geometry.fitted(
        work.full, work.options, work.format, transparent=transparent, moving=moving
    )
    if size != work.size:
        work.each(lambda image: image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def encode(work: Work) -> None:
    """Compresses."""
    work.data = work.encoded(work.options.quality)


STEPS: tuple[Callable[[Work], None], ...] = (
    decode,
    orient,
    convert_colours,
    choose_format,
    resize,
    encode,
    keep_smaller,
)
"""Colours come before sizes: averages of colours that mean something else would be wrong."""


def _keeps_palette(work: Work) -> bool:
    return (
        work.target in {Format.PNG, Format.GIF}
        and len(work.frames) == 1
        and geometry.fitted(work.full, work.options, work.target) == work.full
    )
