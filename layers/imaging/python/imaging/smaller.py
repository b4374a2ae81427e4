"""The step that keeps a result from being larger than its source."""

from functools import partial

from PIL import Image

from imaging import encoding
from imaging.formats import Format
from imaging.stripping import strip
from imaging.work import Change, Work

LOWEST_QUALITY = 5
"""At which even a hopeless case is small enough."""

LARGE = 8_000_000
"""Pixels, over all frames, from which each try takes seconds: then there are fewer."""


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
        if stripped is not None and len(stripped) <= limit:  # what was missing is put right
            work.data = stripped
            return
    is_large = work.size[0] * work.size[1] * len(work.frames) > LARGE
    quality = work.options.quality
    while work.format in encoding.LOSSY and len(work.data) > limit and quality > LOWEST_QUALITY:
        quality = max(LOWEST_QUALITY, quality // 3 if is_large else quality * 2 // 3)
        work.data = min(work.data, work.encoded(quality), key=len)
    if work.format == Format.PNG:
        _shrink_png(work, limit, coarsest_first=is_large)


def _shrink_png(work: Work, limit: int, *, coarsest_first: bool) -> None:
    """PNG's quality: a palette if it loses nothing, then harder work, then ever coarser colours, at
    last a palette in any case."""
    if len(work.frames) == 1 and (exact_palette := _exact(work.frames[0].image)) is not None:
        work.each(lambda _: exact_palette)
        work.data = min(work.data, work.encoded(0), key=len)
        if len(work.data) <= limit:
            return
    work.data = min(work.data, work.encoded(0, smallest=True), key=len)
    if len(work.frames) > 1 or work.frames[0].image.mode == "P":
        return
    exact = work.frames
    steps: tuple[Change, ...] = (
        *(partial(coarser, bits=bits) for bits in ((4,) if coarsest_first else (1, 2, 3, 4))),
        few,
    )
    for change in steps:
        if len(work.data) <= limit:
            return
        work.frames = exact
        work.each(change)
        work.data = min(work.data, work.encoded(0, smallest=True), key=len)


def coarser(image: Image.Image, *, bits: int) -> Image.Image:
    """With so many bits less for each colour, which a lossless format turns into fewer bytes."""
    step = 1 << bits
    levels = [min(255, round(level / step) * step) for level in range(256)]
    bands = len(image.getbands())
    alpha = list(range(256)) if image.mode == "RGBA" else []
    return image.point(levels * (bands - bool(alpha)) + alpha)


def few(image: Image.Image, *, colours: int = 256) -> Image.Image:
    """With so many colours at most."""
    transparent = image.mode == "RGBA"
    method = Image.Quantize.FASTOCTREE if transparent else Image.Quantize.MEDIANCUT
    return image.quantize(colours, method, dither=Image.Dither.NONE)


def _exact(image: Image.Image) -> Image.Image | None:
    """With a palette of its own colours; None if it has more than fit into one, or has one."""
    found = None if image.mode == "P" else image.getcolors(256)
    if found is None:
        return None
    drawn = few(image, colours=len(found))
    return drawn if drawn.convert(image.mode).tobytes() == image.tobytes() else None
