"""Image formats, told by content: file names and HTTP headers are only what strangers say."""

import re
from enum import StrEnum

from pipeline.errors import ImageError, ImageErrorCode


class Format(StrEnum):
    """Every format that is read, and with ``keep`` written."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    AVIF = "avif"
    TIFF = "tiff"
    BMP = "bmp"

    @property
    def extension(self) -> str:
        return {Format.JPEG: "jpg", Format.TIFF: "tif"}.get(self, str(self))

    @property
    def content_type(self) -> str:
        return f"image/{self}"


_SIGNATURES = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"II+\0", Format.TIFF),
    (b"MM\0+", Format.TIFF),
)

_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""Sizes of the header that follows; a text may begin with "BM" as well."""

_UNSUPPORTED = (
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"SIMPLE  =", "FITS"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\1\0", "icon"),
    (b"\0\0\2\0\0\0\0\0", "TGA"),
    (b"\0\0\x0a\0\0\0\0\0", "TGA"),
    (b"\0\0\2\0", "cursor"),
    (b"icns", "icon"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xffO\xffQ", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"qoif", "QOI"),
    (b"DDS ", "DirectDraw"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance"),
    (b"#?RGBE", "Radiance"),
    (b"II\xbc", "JPEG XR"),
    (b"BPG\xfb", "BPG"),
    (b"FLIF", "FLIF"),
    (b"gimp xcf", "GIMP"),
    (b"\x8aMNG", "MNG"),
    (b"\x8bJNG", "JNG"),
    (b"\x01\xda\0", "SGI"),
    (b"\x01\xda\1", "SGI"),
    (b"\x0a\x05\x01", "PCX"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\x01\0\0\0\x58\0\0\0", "EMF"),
    (b"AT&TFORM", "DjVu"),
    (b"FUJIFILMCCD-RAW", "a camera's raw file"),
    (b"IIU\0", "a camera's raw file"),
    (b"IIRO", "a camera's raw file"),
    (b"IIRS", "a camera's raw file"),
    (b"MMOR", "a camera's raw file"),
    (b"FOVb", "a camera's raw file"),
)
"""Images and pages that shops do link to, named so that a user sees why they failed."""

_NETPBM = re.compile(rb"P[1-7][ \t\r\n]")

_PROLOGUE = re.compile(
    r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s[^<>\[]*(\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
"""What may stand before a document's first element."""

_SVG = re.compile(r"<([\w.-]+:)?svg[\s/>]|<!DOCTYPE\s+svg\b", re.IGNORECASE)

PROLOGUE_LENGTH = 64 * 1024
"""Bytes in which a drawing has to begin."""

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def sniff(data: bytes) -> Format:
    """The format that ``data`` is in.

    Raises:
        ImageError: ``unsupported_format`` for an image in a format that is not read,
            ``not_an_image`` for anything else.
    """
    for signature, format_ in _SIGNATURES:
        if data.startswith(signature):
            return format_
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return Format.BMP
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[4:8] == b"ftyp":
        return _iso(data)
    for signature, name in _UNSUPPORTED:
        if data.startswith(signature):
            raise _unsupported(name)
    if _NETPBM.match(data):
        raise _unsupported("PNM")
    if _is_svg(data[:PROLOGUE_LENGTH]):
        raise _unsupported("SVG")
    raise ImageError(ImageErrorCode.NOT_AN_IMAGE, "The file is not an image.")


def _iso(data: bytes) -> Format:
    """An ISO base media file: AVIF if a brand says so, else HEIC, a raw file or video."""
    end = min(int.from_bytes(data[:4], "big"), 4096)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & {b"avif", b"avis"}:
        return Format.AVIF
    if brands & _HEIC_BRANDS:
        raise _unsupported("HEIC")
    raise _unsupported("a camera's raw file" if b"crx " in brands else "video")


def _is_svg(data: bytes) -> bool:
    """Whether the first element is a drawing; a page may have one further down."""
    is_wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    text = data.decode("utf-16" if is_wide else "utf-8-sig", "replace")
    at = 0
    while not _SVG.match(text, at):
        before = _PROLOGUE.match(text, at)
        if before is None:
            return False
        at = before.end()
    return True


def _unsupported(name: str) -> ImageError:
    return ImageError(
        ImageErrorCode.UNSUPPORTED_FORMAT,
        f"The file's format ({name}) is not supported.",
    )
