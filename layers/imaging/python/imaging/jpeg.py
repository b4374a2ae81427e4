"""JPEG's segments (ITU T.81, annex B), read without a decoder: what a decoder is given, and whether
it was given everything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.errors import ImageError, ImageErrorCode

SOI, EOI, SOS, APP0, APP1, APP2, APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE

LOSSLESS, PROGRESSIVE = 0xC3, frozenset({0xC2, 0xCA})

TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})

FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA})
"""Headers of pictures that libjpeg decodes: sequential, progressive, lossless; arithmetic too."""

_OTHER_FRAMES = frozenset({0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF, 0xDE, 0xF7})
"""Of hierarchical pictures and of JPEG-LS."""

MOST_SEGMENTS = 10_000
"""An image with all its metadata has some hundred; each costs a step of Python."""

MOST_SCANS = 100
MOST_SCANNED = 1_500_000_000
"""Scans of a progressive JPEG, and scans times pixels; encoders write about ten. Each costs a pass
over all pixels, so a small file of thousands of scans keeps a decoder busy for minutes."""

_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""A segment's beginning: neither a stuffed byte nor a restart marker nor padding."""


class Segment(NamedTuple):
    """``data[start:end]`` with its marker; a scan's header together with its data."""

    marker: int
    start: int
    end: int


def segments(data: bytes) -> Iterator[Segment]:
    """All segments up to the end marker, or up to where the data ends without one.

    What follows the end marker (previews, films, gain maps, archives) is not the picture. Rubbish
    between segments is passed over, as decoders do.
    """
    at = 2
    while found := _MARKER.search(data, at):
        start, marker = found.start(), data[found.start() + 1]
        if marker == EOI:
            yield Segment(EOI, start, start + 2)
            return
        at = start + 2 + max(2, int.from_bytes(data[start + 2 : start + 4], "big"))
        if marker == SOS:
            following = _MARKER.search(data, at)
            at = following.start() if following else len(data)
        yield Segment(marker, start, min(at, len(data)))


@dataclass
class Coverage:
    """Which bits of which coefficients the scans have brought (ITU T.81, G.1.1.1)."""

    frame: int = 0
    missing: dict[int, list[int]] = field(default_factory=dict)

    def begin(self, marker: int, body: bytes) -> None:
        self.frame = marker
        self.missing = {component: [16] * 64 for component in body[6::3]}

    def scan(self, body: bytes) -> None:
        count = body[0] if body else 0
        first, last, bits = (*body[1 + 2 * count : 4 + 2 * count], 0, 0, 0)[:3]
        if self.frame == LOSSLESS:  # has no coefficients: these say how it predicts
            first, last, bits = 0, 63, 0
        for component in body[1 : 1 + 2 * count : 2]:
            self.missing.get(component, [])[first : last + 1] = [bits & 15] * (last + 1 - first)

    @property
    def is_full(self) -> bool:
        return not any(any(bits) for bits in self.missing.values())


@dataclass(frozen=True)
class Jpeg:
    """What a decoder needs of a file: the picture, its orientation and its colour profile.

    ``data`` ends with an end marker, although the file may have none (``ended``).
    """

    data: bytes
    scans: int
    ended: bool
    coverage: Coverage


def read(data: bytes) -> Jpeg:
    """Takes a file apart.

    Raises:
        ImageError: ``unsupported_format`` for what libjpeg does not decode, ``corrupt_image`` for
            what would keep it busy for ever.
    """
    kept = [b"\xff\xd8"]
    scans, coverage = 0, Coverage()
    ended = has_exif = False
    for seen, segment in enumerate(segments(data)):
        body = data[segment.start + 4 : min(segment.end, segment.start + 20)]
        marker = segment.marker
        if marker in FRAMES:
            _check_frame(body)
            coverage.begin(marker, body)
        elif marker in _OTHER_FRAMES:
            raise _unsupported("hierarchical or JPEG-LS")
        elif marker == SOS:
            scans += 1
            coverage.scan(body)
        if seen > MOST_SEGMENTS or scans > MOST_SCANS:
            raise ImageError(ImageErrorCode.CORRUPT_IMAGE, "The JPEG has too many scans.")
        is_exif = marker == APP1 and body.startswith(b"Exif\0\0")
        if _shapes(marker, body) or (is_exif and not has_exif):
            kept.append(data[segment.start : segment.end])
        has_exif |= is_exif
        ended |= marker == EOI
    if not ended:
        kept.append(b"\xff\xd9")
    return Jpeg(b"".join(kept), scans, ended, coverage)


def _shapes(marker: int, body: bytes) -> bool:
    """Whether a segment has a say in what the picture looks like."""
    return (
        marker in TABLES
        or marker in FRAMES
        or marker in {SOS, EOI}
        or (marker == APP0 and body.startswith(b"JFIF\0"))
        or (marker == APP2 and body.startswith(b"ICC_PROFILE\0"))
        or (marker == APP14 and body.startswith(b"Adobe"))
    )


def _check_frame(body: bytes) -> None:
    precision, components = body[0:1], body[5:6]
    if precision not in {b"\x08", b""}:
        raise _unsupported(f"{precision[0]} bits")
    if components not in {b"\1", b"\3", b"\4", b""}:
        raise _unsupported(f"{components[0]} colour components")


def _unsupported(kind: str) -> ImageError:
    return ImageError(
        ImageErrorCode.UNSUPPORTED_FORMAT, f"This kind of JPEG ({kind}) is not supported."
    )
