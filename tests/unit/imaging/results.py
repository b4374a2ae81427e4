"""Sources in, results out."""

from collections.abc import Iterable

from imaging.processing import Compressed, compress
from imaging.source import open_source
from pipeline.options import ImageFormat, ImageOptions

FORMATS = [ImageFormat(each) for each in ("jpeg", "png", "webp", "avif")]


def made(data: bytes, **options: object) -> Compressed:
    return compress(open_source(data), ImageOptions.model_validate(options))


def near(one: Iterable[int], other: Iterable[int], within: int = 12) -> bool:
    """Whether two colours differ by no more than ``within`` levels in each channel."""
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))
