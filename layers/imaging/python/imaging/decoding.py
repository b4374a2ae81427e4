"""The step from bytes to pixels."""

from PIL import Image

from imaging import animation, choice, colours, geometry, gif, jpeg_decoder, transparency, webp
from imaging.animation import Frame
from imaging.formats import Format
from imaging.jpeg import Jpeg
from imaging.source import reading
from imaging.work import Work


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


def _decode(work: Work, *, moves: bool) -> None:
    image = work.source.take()
    work.profile = colours.profile_of(image)
    if moves and work.source.apng is not None:
        work.frames = list(animation.apng_frames(work.source.data, work.source.apng))
        work.plays = work.source.apng.plays
    elif moves:
        work.frames = list(animation.frames(image))
        work.plays = animation.plays(image)
    elif work.source.format == Format.WEBP:
        work.frames = [Frame(webp.still(image))]
    else:
        image.load()
        work.frames = [Frame(_without_reader(image))]
        if work.source.format == Format.BMP:
            work.each(transparency.visible)
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


def _decode_jpeg(work: Work, parts: Jpeg) -> None:
    """Lets the decoder shrink where more pixels are not needed."""
    image = work.source.take()
    work.profile = colours.profile_of(image)
    work.orientation = geometry.orientation(image)
    work.full = geometry.seen(image.size, work.orientation)
    wanted = geometry.fitted(work.full, work.options, work.target)
    jpeg_decoder.shrink(parts, image, geometry.seen(wanted, work.orientation))
    image.load()
    if jpeg_decoder.may_be_cut_short(parts, image) and not jpeg_decoder.is_whole(parts):
        raise EOFError("the JPEG's data ends before its pixels")
    work.frames = [Frame(image)]
