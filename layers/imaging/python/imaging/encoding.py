"""Pixels to bytes, without a word about where they came from."""

import io
from collections.abc import Sequence

from PIL import Image

from imaging import webp
from imaging.animation import LONGEST, Frame
from imaging.formats import Format
from imaging.geometry import LARGEST_SIDE
from imaging.transparency import flattened

FULL_COLOUR = 90
"""Quality from which JPEG keeps colour at full resolution: who asks for so much looks closely."""

TRANSPARENT = frozenset({Format.WEBP, Format.PNG, Format.GIF, Format.AVIF, Format.TIFF})

LOSSY = frozenset({Format.JPEG, Format.WEBP, Format.AVIF, Format.TIFF})
"""What becomes smaller with less quality."""

JPEG_ROWS = 64
"""Of a TIFF in one strip of JPEG, which needs a multiple of 16; Pillow's strips are of 64 kB."""

_JFIF = b"\xff\xd8\xff\xe0\x00\x10JFIF"
"""How Pillow's JPEGs begin: 18 bytes that say nothing, since decoders take components 1, 2 and 3
for YCbCr without them (libjpeg's ``default_decompress_parms``). libvips, and so sharp, leaves them
out as well: whatever reads the images of the web reads these."""

JPEG_LARGE = 50_000_000
"""Pixels from which tables are not optimised: for that the encoder holds 3 to 6 bytes a pixel."""

PNG_LEVEL = 6
"""Six times as fast as 9 for 4 % more bytes of a photograph and no more of a drawing."""

PNG_LEVEL_LARGE = 4
"""Three times as fast again; 100 megapixels at 6 take half a minute."""

AVIF_SPEED = 6
AVIF_SPEED_LARGE = 9
"""Six times as fast for a quarter more bytes. At 6 a large or moving picture takes a minute."""

AVIF_LARGE = 4_000_000
"""Pixels, over all frames."""

WEBP_LARGE = 40_000_000
"""Pixels of an animation that takes half a minute unless the encoder hurries: half the time for a
third more bytes."""

MOST_PLAYS = 65_535
"""Of WebP and GIF; PNG can ask for four thousand million, and GIF for one play more."""

LARGE = 16_000_000
"""Pixels above which encoders spend less on a picture. WebP's method 2 takes half the time and, of
noise, half the memory, for an eighth more bytes: it counts no symbols beforehand."""


def encode(
    frames: Sequence[Frame],
    format_: Format,
    *,
    quality: int,
    plays: int = 0,
    smallest: bool = False,
) -> bytes:
    """Compresses one picture, or several as an animation.

    Args:
        quality: 1-100 in the encoder's own terms. PNG is always exact.
        plays: how often an animation plays, 0 for ever.
        smallest: PNG takes all the time it needs.
    """
    images = [_presentable(frame.image, format_) for frame in frames]
    options = _options(format_, quality, images, smallest=smallest)
    if len(images) > 1:
        options |= {
            "save_all": True,
            "append_images": images[1:],
            "duration": _durations(frames, format_),
            "loop": min(plays, MOST_PLAYS),
        }
        if format_ == Format.GIF and plays:  # which counts the plays after the first
            options["loop"] = min(plays - 1, MOST_PLAYS) or None
    try:
        return _saved(images[0], format_, options)
    except OSError:
        if not options.pop("optimize", False):
            raise
        # Optimised tables need the whole JPEG in one buffer, and noise can outgrow Pillow's.
        return _saved(images[0], format_, options)


def _durations(frames: Sequence[Frame], format_: Format) -> list[int]:
    """Milliseconds. Pillow joins equal frames of a GIF, whose sum has to fit as well."""
    durations = [frame.milliseconds for frame in frames]
    if format_ == Format.GIF and sum(durations) > LONGEST:
        durations = [min(each, LONGEST // len(frames)) for each in durations]
    return durations


def _saved(image: Image.Image, format_: Format, options: dict[str, object]) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    data = out.getvalue()
    if format_ == Format.WEBP and image.mode == "RGBA":
        return webp.seen_through(data)
    return data[:2] + data[20:] if data.startswith(_JFIF) else data


def _presentable(image: Image.Image, format_: Format) -> Image.Image:
    """In a mode that the format has, and without the ``info`` from which Pillow writes metadata."""
    if format_ not in TRANSPARENT:
        image = flattened(image)
    if format_ == Format.TIFF:
        image = image.copy()  # Pillow writes the tags of an opened TIFF into the next
    transparency = image.info.get("transparency") if image.mode == "P" else None
    image.info = {} if transparency is None else {"transparency": transparency}
    return image


def _options(
    format_: Format, quality: int, images: Sequence[Image.Image], *, smallest: bool
) -> dict[str, object]:
    first = images[0]
    options: dict[str, object] = {}
    match format_:
        case Format.JPEG:
            # Not progressive: twice the encoder's time for no fewer bytes than optimised tables.
            chroma = "4:4:4" if quality >= FULL_COLOUR else "4:2:0"
            large = first.width * first.height > JPEG_LARGE
            options = {"quality": quality, "optimize": not large, "subsampling": chroma}
        case Format.WEBP if len(images) > 1:
            large = len(images) * first.width * first.height > WEBP_LARGE
            options = {"quality": quality, "method": 0 if large else 2}
        case Format.WEBP:
            large = first.width * first.height > LARGE
            options = {"quality": quality, "method": 2 if large else 4}
        case Format.AVIF:
            large = len(images) * first.width * first.height > AVIF_LARGE
            speed = AVIF_SPEED_LARGE if large else AVIF_SPEED
            options = {"quality": quality, "speed": speed, "max_threads": 1}
        case Format.PNG if len(images) * first.width * first.height > LARGE:
            options = {"compress_level": PNG_LEVEL if smallest else PNG_LEVEL_LARGE}
        case Format.PNG:
            options = {"compress_level": 9 if smallest else PNG_LEVEL}
        case Format.TIFF if _may_hold_jpeg(first) and quality < 100:
            strip = first.width * 3 * JPEG_ROWS
            options = {"compression": "jpeg", "quality": quality, "strip_size": strip}
        case Format.TIFF:
            options = {"compression": "tiff_adobe_deflate"}
    return options


def _may_hold_jpeg(image: Image.Image) -> bool:
    """Whether a TIFF of this picture can be strips of JPEG."""
    return image.mode in {"L", "RGB"} and image.width <= LARGEST_SIDE[Format.JPEG]
