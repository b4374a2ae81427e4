"""Any colours to sRGB at 8 bits: what browsers assume of an image that says nothing."""

import io
import math
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageCms

from imaging.png import LARGEST_PROFILE

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))

SAME = 3
"""Levels. What makers of sRGB profiles differ by in rounding the same formula."""

CACHED = 8
"""Profiles remembered with what they do: few shops have more, and one may have megabytes."""

_TAGS = 132
"""Bytes before a profile's table of tags."""

_STEPS = range(0, 256, 51)
_SWATCHES = Image.frombytes(
    "RGB", (216, 1), bytes(c for r in _STEPS for g in _STEPS for b in _STEPS for c in (r, g, b))
)

_HIGH = [round(level / 257) for level in range(65536)]
"""8 bits for each level of 16."""

_SPACES = {"RGB": ("RGB", "RGBA"), "GRAY": ("L", "LA"), "CMYK": ("CMYK",), "Lab": ("LAB",)}
"""Modes whose pixels a profile of each colour space can describe."""


def profile_of(image: Image.Image) -> bytes | None:
    """The ICC profile that an opened image carries, unless it is too large to be one."""
    profile = image.info.get("icc_profile")
    return profile if profile and len(profile) <= LARGEST_PROFILE else None


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The same picture in mode L, RGB or RGBA.

    Args:
        profile: the ICC profile that came with it. One that cannot be used is ignored, as browsers
            do, rather than losing the image over it.
    """
    image = eight_bits(image)
    if profile is not None and not is_srgb(profile):
        image = _transformed(image, profile)
    if image.mode == "LAB":
        image = _from_lab(image)
    if image.mode in {"L", "RGB", "RGBA"}:
        return image
    return image.convert("RGBA" if image.mode in {"LA", "La", "RGBa"} else "RGB")


def eight_bits(image: Image.Image) -> Image.Image:
    """Palettes resolved, deep greys brought to 8 bits, a transparent colour made a channel."""
    if image.mode.startswith("I;16"):
        return _from_sixteen(image)
    if image.mode in {"I", "F"}:
        return _from_deep(image)
    if image.mode in {"1", "L", "RGB"} and "transparency" in image.info:
        return image.convert("RGBA" if image.mode == "RGB" else "LA")
    if image.mode in {"1", "YCbCr"}:
        return image.convert("L" if image.mode == "1" else "RGB")
    if image.mode in {"P", "PA"}:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.convert("LA") if image.mode == "La" else image


@lru_cache(maxsize=CACHED)
def is_srgb(profile: bytes) -> bool:
    """Whether a profile says what no profile says as well, or nothing that can be used.

    Told by what it does to colours: names lie. Cached, because a shop's images share theirs.
    """
    parsed = _parsed(profile)
    if parsed is None:
        return True
    if parsed.space != "RGB":
        return False
    transform = _transform(profile, "RGB")
    converted = ImageCms.applyTransform(_SWATCHES, transform) if transform else None
    if converted is None:
        return True
    extrema = ImageChops.difference(_SWATCHES, converted).getextrema()
    return max(high for _, high in extrema) <= SAME  # type: ignore[misc] # three channels


def palette_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The same for a palette image that may stay one: only its palette changes."""
    if profile is None or is_srgb(profile):
        return image
    palette = bytes(image.getpalette("RGB") or ())
    swatches = Image.frombytes("RGB", (len(palette) // 3, 1), palette)
    converted = image.copy()
    converted.putpalette(to_srgb(swatches, profile).tobytes())
    return converted


def _from_sixteen(image: Image.Image) -> Image.Image:
    """Scaled; Pillow's own conversion would clip every level above 255 to white."""
    deep = image.convert("I")
    grey = deep.point(_HIGH, "L")
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return grey
    opaque = [255] * 65536
    opaque[clear & 0xFFFF] = 0
    return Image.merge("LA", (grey, deep.point(opaque, "L")))


def _from_deep(image: Image.Image) -> Image.Image:
    """32-bit levels: fractions of 1 if none is larger, else 8 or 16 bits by the largest."""
    _, high = image.getextrema()
    if not isinstance(high, int | float) or not math.isfinite(high):
        return image.convert("L")
    if image.mode == "F" and high <= 1:
        scale = 255.0
    elif high <= 255:
        scale = 1.0
    else:
        scale = 255 / max(high, 65535)
    return image.point(lambda level: level * scale + 0).convert("L")


def _transformed(image: Image.Image, profile: bytes) -> Image.Image:
    parsed = _parsed(profile)
    if parsed is None:
        return image
    if image.mode not in _SPACES.get(parsed.space, ()):
        return image
    alpha = image.getchannel("A") if image.mode == "LA" else None
    if alpha is not None:
        image = image.convert("L")
    transform = _transform(profile, image.mode)
    if transform is None:
        return image if alpha is None else _with(image, alpha)
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:  # only in place
        return image
    if parsed.space == "GRAY":
        converted = converted.convert("L")
    return converted if alpha is None else _with(converted, alpha)


def _with(image: Image.Image, alpha: Image.Image) -> Image.Image:
    image = image.convert("RGB")
    image.putalpha(alpha)
    return image


def _from_lab(image: Image.Image) -> Image.Image:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    converted = ImageCms.profileToProfile(image, lab, _SRGB, outputMode="RGB")
    return converted if converted is not None else image


@dataclass(frozen=True)
class _Profile:
    profile: ImageCms.ImageCmsProfile
    space: str
    description: str


def _parsed(profile: bytes) -> _Profile | None:
    """None for a profile that cannot be used: broken, or with a name in rubbish."""
    try:
        parsed = ImageCms.ImageCmsProfile(io.BytesIO(_without_programs(profile)))
        return _Profile(
            parsed,
            parsed.profile.xcolor_space.strip(),
            parsed.profile.profile_description or "",
        )
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None


def _without_programs(profile: bytes) -> bytes:
    """With tags of multi-process elements (ICC.1:2022, 9.2.17 to 9.2.24) under names that mean
    nothing. LittleCMS prefers them, a few bytes name one element hundreds of thousands of times,
    and it computes each for each colour. The tables and curves beside them must say the same."""
    tags = int.from_bytes(profile[_TAGS - 4 : _TAGS], "big")
    plain = bytearray(profile)
    for at in range(_TAGS, min(_TAGS + 12 * tags, len(profile) - 11), 12):
        if profile[at : at + 3] in {b"D2B", b"B2D"}:
            plain[at : at + 4] = profile[at : at + 4][::-1]
    return bytes(plain)


@lru_cache(maxsize=CACHED)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From ``profile`` to sRGB. Building one costs milliseconds; any thread may use it."""
    parsed = _parsed(profile)
    if parsed is None:
        return None
    try:
        return ImageCms.buildTransform(
            parsed.profile,
            _SRGB,
            mode,
            "RGBA" if mode == "RGBA" else "RGB",  # the transform leaves alpha as it is
            renderingIntent=ImageCms.Intent.PERCEPTUAL
            if mode == "CMYK"
            else ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError:
        return None
