"""What happens to an image, as a list of steps."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from PIL import Image

from imaging import animation, choice, colours, encoding, geometry, gif, jpeg
from imaging.animation import Frame
from imaging.formats import Format
from imaging.source import Source, reading
from imaging.stripping import strip
from pipeline.messages import OutputImage
from pipeline.options import ImageOptions

LOWEST_QUALITY = 5
"""At which even a hopeless case is small enough."""


Change = Callable[[Image.Image], Image.Image]


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


def compress(source: Source, options: ImageOptions) -> Compressed:
    """Makes of a source what the user asked for. Uses the source up.

    Raises:
        ImageError: ``corrupt_image`` when the pixels cannot be read.
    """
    work = Work(source, options)
    for step in STEPS:
        step(work)
    return Compressed(work.data, work.format, *work.size)


def decode(work: Work) -> None:
    """Reads the pixels: all frames if the result may move, else the first."""
    moves = work.source.frames > 1 and choice.moves(work.target, work.source.format)
    with reading():
        if work.source.gif is not None:
            _decode_gif(work, work.source.gif, moves=moves)
        elif work.source.jpeg is not None:
            _decode_jpeg(work, work.source.jpeg)
        else:
            _decode(work, moves=moves)
    work.is_native = work.frames[0].image.mode not in {"CMYK", "LAB"}


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
    opaque = [colours.without_idle_alpha(frame.image) for frame in work.frames]
    if all(image.mode != "RGBA" for image in opaque):  # an animation has one mode for all
        work.frames = [Frame(o, f.milliseconds) for o, f in zip(opaque, work.frames, strict=True)]


def choose_format(work: Work) -> None:
    """``auto`` can be decided now: WebP for what moves or is seen through, else JPEG."""
    plain = len(work.frames) == 1 and work.frames[0].image.mode != "RGBA"
    work.format = choice.target(work.options, work.source.format, plain=plain)


def resize(work: Work) -> None:
    """Shrinks to the limits asked for, and to those of the format. Never enlarges."""
    transparent = any(frame.image.mode == "RGBA" for frame in work.frames)
    size = geometry.fitted(work.full, work.options, work.format, transparent=transparent)
    if size != work.size:
        work.each(lambda image: image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def encode(work: Work) -> None:
    """Compresses."""
    work.data = _encoded(work, work.options.quality)


def keep_smaller(work: Work) -> None:
    """Never larger than the source if format and size are the same.

    If nothing but metadata would change, the source without its metadata wins. If the picture was
    turned or its colours converted, quality goes down until it fits.
    """
    limit = len(work.source.data)
    if work.format != work.source.format or work.size != work.full or len(work.data) <= limit:
        return
    if work.orientation == 1 and work.is_srgb:
        stripped = strip(work.source.data, work.format)
        if stripped is not None:
            work.data = stripped
            return
    quality = work.options.quality
    while work.format in encoding.LOSSY and len(work.data) > limit and quality > LOWEST_QUALITY:
        quality = max(LOWEST_QUALITY, quality * 2 // 3)
        work.data = min(work.data, _encoded(work, quality), key=len)
    if work.format == Format.PNG:
        _shrink_png(work, limit)


def _shrink_png(work: Work, limit: int) -> None:
    """PNG's quality: harder work first, then ever coarser colours, at last a palette."""
    work.data = min(work.data, _encoded(work, 0, smallest=True), key=len)
    if len(work.frames) > 1 or work.frames[0].image.mode == "P":
        return
    exact = work.frames
    steps: tuple[Change, ...] = (
        *(partial(colours.coarser, bits=bits) for bits in (1, 2, 3, 4)),
        colours.few,
    )
    for coarser in steps:
        if len(work.data) <= limit:
            return
        work.frames = exact
        work.each(coarser)
        work.data = min(work.data, _encoded(work, 0, smallest=True), key=len)


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


def _decode(work: Work, *, moves: bool) -> None:
    image = work.source.take()
    work.profile = image.info.get("icc_profile") or None
    if moves:
        work.frames = list(animation.frames(image))
        work.plays = animation.plays(image)
    else:
        image.load()
        work.frames = [Frame(_without_reader(image))]
        if work.source.format == Format.BMP:
            work.each(colours.visible)
    work.orientation = geometry.orientation(image)  # after the pixels: TIFF is turned by now
    work.full = geometry.seen(work.size, work.orientation)


def _without_reader(image: Image.Image) -> Image.Image:
    """The same pixels without the reader behind them, which may hold them three times more."""
    return image._new(image.im)  # noqa: SLF001 (a copy would take the memory that this saves)


def _decode_gif(work: Work, blocks: gif.Gif, *, moves: bool) -> None:
    data = work.source.data
    work.plays = blocks.plays
    work.frames = (
        list(animation.gif_frames(data, blocks)) if moves else [Frame(gif.still(data, blocks))]
    )
    work.full = work.size


def _decode_jpeg(work: Work, parts: jpeg.Jpeg) -> None:
    """Lets the decoder shrink by halves, quarters or eighths where more pixels are not needed.

    It does so within the cosine transform, which takes less time than not shrinking; as sharp does.
    """
    image = work.source.take()
    work.profile = image.info.get("icc_profile") or None
    work.orientation = geometry.orientation(image)
    work.full = geometry.seen(image.size, work.orientation)
    wanted = geometry.fitted(work.full, work.options, work.target)
    image.draft(None, geometry.seen(wanted, work.orientation))
    image.load()
    if jpeg.may_be_cut_short(parts, image) and not jpeg.is_whole(parts):
        raise EOFError("the JPEG's data ends before its pixels")
    work.frames = [Frame(image)]


def _keeps_palette(work: Work) -> bool:
    return (
        work.target in {Format.PNG, Format.GIF}
        and len(work.frames) == 1
        and geometry.fitted(work.full, work.options, work.target) == work.full
    )


def _encoded(work: Work, quality: int, *, smallest: bool = False) -> bytes:
    return encoding.encode(
        work.frames, work.format, quality=quality, plays=work.plays, smallest=smallest
    )
