"""Every kind of source to every kind of result, judged by what comes out."""

import hashlib
import io
import struct

import pytest
from PIL import Image, ImageCms

from imaging.formats import Format
from imaging.processing import Compressed, compress
from imaging.source import open_source
from pipeline.errors import ImageError
from pipeline.options import ImageFormat, ImageOptions
from tests.pictures import (
    ADOBE,
    P3,
    chunk,
    colour_at,
    corners,
    difference,
    encoded,
    opened,
    photo,
    png,
    rgb_profile,
    srgb_profile,
)

FORMATS = [ImageFormat(each) for each in ("jpeg", "png", "webp", "avif")]
MP = pytest.mark.parametrize


def made(data: bytes, **options: object) -> Compressed:
    return compress(open_source(data), ImageOptions.model_validate(options))


def near(one: tuple[int, ...], other: tuple[int, ...], within: int = 12) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


@MP("format_", list(Format))
def test_auto_makes_jpeg_of_every_opaque_source(format_: Format) -> None:
    done = made(encoded(photo(), format_))
    assert done.format == Format.JPEG
    assert opened(done.data).format == "JPEG"
    assert difference(opened(done.data), photo()) < 6


@MP("format_", FORMATS)
@MP("source", list(Format))
def test_every_source_becomes_every_format(source: Format, format_: ImageFormat) -> None:
    done = made(encoded(photo(), source), format=format_, quality=80)
    image = opened(done.data)
    assert (image.format or "").lower() == format_ == done.format
    assert (done.width, done.height) == image.size == (320, 240)
    assert difference(image, photo()) < 8


@MP("format_", list(Format))
def test_keep_keeps_the_format(format_: Format) -> None:
    done = made(encoded(photo(), format_), format="keep")
    assert done.format == format_
    assert difference(opened(done.data), photo()) < 8


def test_the_summary_describes_the_bytes() -> None:
    done = made(encoded(photo(), "PNG"), max_width=100)
    summary = done.summary
    assert summary.bytes == len(done.data)
    assert (summary.width, summary.height, summary.format) == (100, 75, "jpeg")
    assert summary.sha256 == hashlib.sha256(done.data).hexdigest()


def test_the_same_source_always_becomes_the_same_bytes() -> None:
    data = encoded(photo(), "JPEG", quality=92)
    assert made(data).data == made(data).data


def test_quality_decides_the_size() -> None:
    data = encoded(photo(), "JPEG", quality=98)
    sizes = [len(made(data, quality=quality).data) for quality in (10, 30, 50, 70, 90)]
    assert sizes == sorted(sizes)


# Orientation


def oriented(format_: str, orientation: int, **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = corners() if back is None else corners().transpose(back)
    return encoded(image, format_, exif=exif, **options)


@MP("orientation", range(1, 9))
@MP("source", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_orientation_is_applied_and_gone(source: str, orientation: int) -> None:
    done = made(oriented(source, orientation), quality=80)
    image = opened(done.data)
    assert image.size == (done.width, done.height) == (96, 64)
    assert near(colour_at(image, 0.1, 0.1), (255, 0, 0), 30)
    assert near(colour_at(image, 0.9, 0.1), (0, 255, 0), 30)
    assert near(colour_at(image, 0.1, 0.9), (0, 0, 255), 30)
    assert near(colour_at(image, 0.9, 0.9), (255, 255, 0), 30)
    assert image.getexif().get(0x0112) is None


@MP("orientation", range(1, 9))
def test_limits_hold_for_the_picture_as_it_is_seen(orientation: int) -> None:
    done = made(oriented("JPEG", orientation), max_width=48)
    assert (done.width, done.height) == (48, 32)
    image = opened(done.data)
    assert near(colour_at(image, 0.1, 0.1), (255, 0, 0), 40)
    assert near(colour_at(image, 0.9, 0.9), (255, 255, 0), 40)


def test_a_nonsense_orientation_is_ignored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 99
    assert made(encoded(corners(), "JPEG", exif=exif)).width == 96


# Size


@MP(
    ("size", "limits", "wanted"),
    [
        ((400, 300), {}, (400, 300)),
        ((400, 300), {"max_width": 200}, (200, 150)),
        ((400, 300), {"max_height": 100}, (133, 100)),
        ((400, 300), {"max_width": 200, "max_height": 100}, (133, 100)),
        ((400, 300), {"max_width": 4000}, (400, 300)),
        ((4000, 3001), {"max_width": 500}, (500, 375)),
        ((3, 2000), {"max_height": 100}, (1, 100)),
        ((2000, 3), {"max_width": 10}, (10, 1)),
        ((1, 1), {"max_width": 1}, (1, 1)),
    ],
)
@MP("source", ["JPEG", "PNG"])
def test_limits_shrink_in_proportion_and_never_enlarge(
    source: str, size: tuple[int, int], limits: dict[str, int], wanted: tuple[int, int]
) -> None:
    done = made(encoded(photo(*size), source), **limits)
    assert (done.width, done.height) == opened(done.data).size == wanted


@MP("size", [(1, 1), (1, 5000), (5000, 1), (2, 3), (17, 16)])
@MP("format_", [*FORMATS, ImageFormat.AUTO])
def test_tiny_and_extreme_shapes_survive(size: tuple[int, int], format_: ImageFormat) -> None:
    done = made(encoded(Image.new("RGB", size, "red"), "PNG"), format=format_)
    assert opened(done.data).size == size


def test_what_a_format_cannot_hold_is_shrunk_to_what_it_can() -> None:
    done = made(encoded(Image.new("RGBA", (20_000, 40), (255, 0, 0, 128)), "PNG"))
    assert (done.format, done.width, done.height) == (Format.WEBP, 16_383, 33)


def test_a_shrunk_photograph_looks_as_if_shrunk_by_the_best_filter() -> None:
    large = photo(1600, 1200)
    done = made(encoded(large, "JPEG", quality=95), max_width=400, quality=95)
    best = large.resize((400, 300), Image.Resampling.LANCZOS)
    assert difference(opened(done.data), best) < 2.5


# Colours


@MP("name", ["P3", "Adobe"])
@MP("source", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_wide_profile_becomes_srgb(name: str, source: str) -> None:
    primaries = {"P3": P3, "Adobe": ADOBE}[name]
    profile = rgb_profile(name, primaries, 2.2)
    wanted = ImageCms.profileToProfile(
        Image.new("RGB", (64, 64), (60, 180, 90)),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
    )
    assert wanted is not None
    assert not near(colour_at(wanted, 0.5, 0.5), (60, 180, 90), 8)
    options = {"lossless": True} if source == "WEBP" else {}
    flat = Image.new("RGB", (64, 64), (60, 180, 90))
    data = encoded(flat, source, icc_profile=profile, **options)
    image = opened(made(data, quality=95).data)
    assert near(colour_at(image, 0.5, 0.5), colour_at(wanted, 0.5, 0.5), 5)
    assert "icc_profile" not in image.info


def test_an_srgb_profile_changes_nothing_and_is_gone() -> None:
    plain = encoded(photo(), "JPEG", quality=90)
    tagged = encoded(photo(), "JPEG", quality=90, icc_profile=srgb_profile())
    assert made(tagged).data == made(plain).data


@MP("profile", [b"nonsense", b"\0" * 200, srgb_profile()[:300]])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    data = encoded(photo(), "JPEG", quality=90, icc_profile=profile)
    assert difference(opened(made(data).data), photo()) < 6


def test_a_profile_for_other_colours_is_ignored() -> None:
    data = encoded(photo().convert("L"), "JPEG", icc_profile=rgb_profile("P3", P3, 2.2))
    assert opened(made(data).data).mode == "L"


def test_transparency_survives_a_profile() -> None:
    image = Image.new("RGBA", (32, 32), (60, 180, 90, 128))
    done = made(encoded(image, "PNG", icc_profile=rgb_profile("P3", P3, 2.2)), quality=95)
    found = colour_at(opened(done.data), 0.5, 0.5)
    assert found[3] == 128
    assert not near(found[:3], (60, 180, 90), 5)


@MP("source", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(source: str) -> None:
    image = opened(made(encoded(photo().convert("CMYK"), source)).data)
    assert image.mode == "RGB"
    assert difference(image, photo()) < 8


def test_a_jpeg_that_stores_rgb_keeps_its_colours() -> None:
    data = encoded(photo(), "JPEG", quality=90, keep_rgb=True)
    assert difference(opened(made(data).data), photo()) < 6


@MP("options", [{"progressive": True}, {"subsampling": "4:4:4"}, {"subsampling": "4:2:2"}])
def test_every_kind_of_jpeg_is_read(options: dict[str, object]) -> None:
    data = encoded(photo(), "JPEG", quality=90, **options)
    assert difference(opened(made(data).data), photo()) < 6


def test_grey_stays_grey() -> None:
    assert opened(made(encoded(photo().convert("L"), "JPEG")).data).mode == "L"
    assert opened(made(encoded(photo().convert("L"), "PNG")).data).mode == "L"


@MP("value", [0, 1000, 30_000, 65_535])
@MP("source", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(value: int, source: str) -> None:
    image = Image.new("I;16", (32, 32), value)
    found = opened(made(encoded(image, source), format="png").data).getpixel((5, 5))
    assert found == pytest.approx(value / 257, abs=1)


def test_sixteen_bit_colour_is_scaled() -> None:
    row = b"\0" + struct.pack(">3H", 60_000, 30_000, 1_000) * 16
    data = png(16, 16, depth=16, kind=2, rows=row * 16)
    image = opened(made(data, format="png").data)
    assert near(colour_at(image, 0.5, 0.5), (233, 117, 4), 1)


def test_a_transparent_sixteen_bit_grey_is_seen_through() -> None:
    row = b"\0" + struct.pack(">2H", 30_000, 60_000)
    transparent = chunk(b"tRNS", struct.pack(">H", 30_000))
    data = png(2, 1, depth=16, kind=0, rows=row, extra=transparent)
    image = opened(made(data, format="png").data).convert("RGBA")
    assert [image.getpixel((x, 0))[3] for x in (0, 1)] == [0, 255]  # type: ignore[index] # RGBA


@MP(("mode", "value"), [("I", 40_000), ("F", 0.6), ("1", 1), ("LA", (155, 255))])
def test_odd_modes_are_read(mode: str, value: object) -> None:
    image = Image.new(mode, (16, 16), value)  # type: ignore[arg-type] # a colour of that mode
    done = made(encoded(image, "PNG" if mode in {"1", "LA"} else "TIFF"), quality=95)
    expected = 255 if mode == "1" else 155
    assert near(colour_at(opened(done.data), 0.5, 0.5), (expected,) * 3, 3)


def test_lab_becomes_rgb() -> None:
    done = made(encoded(Image.new("LAB", (16, 16), (128, 128, 128)), "TIFF"))
    assert near(colour_at(opened(done.data), 0.5, 0.5), (119, 119, 119), 4)


# Transparency


def seen_through(size: tuple[int, int] = (64, 64)) -> Image.Image:
    """Opaque red on the left; on the right nothing, over a hidden black."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, size[0] // 2, size[1]))
    return image


@MP("source", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_auto_makes_webp_of_what_is_seen_through(source: str) -> None:
    options = {"lossless": True} if source == "WEBP" else {}
    done = made(encoded(seen_through(), source, **options))
    image = opened(done.data)
    assert done.format == Format.WEBP
    assert colour_at(image, 0.9, 0.5)[3] == 0
    assert near(colour_at(image, 0.1, 0.5), (255, 0, 0, 255), 8)


def test_an_alpha_channel_that_does_nothing_is_dropped() -> None:
    image = photo().convert("RGBA")
    assert made(encoded(image, "PNG")).format == Format.JPEG
    assert opened(made(encoded(image, "PNG"), format="png").data).mode == "RGB"


@MP("source", ["PNG", "GIF", "WEBP"])
def test_transparency_becomes_white_and_never_black_in_jpeg(source: str) -> None:
    options = {"lossless": True} if source == "WEBP" else {}
    image = opened(made(encoded(seen_through(), source, **options), format="jpeg").data)
    assert near(colour_at(image, 0.9, 0.5), (255, 255, 255), 4)


def test_half_transparency_is_mixed_with_white() -> None:
    data = encoded(Image.new("RGBA", (32, 32), (0, 0, 0, 128)), "PNG")
    image = opened(made(data, format="jpeg").data)
    assert near(colour_at(image, 0.5, 0.5), (127, 127, 127), 3)


def test_shrinking_does_not_bleed_hidden_colours_into_edges() -> None:
    image = opened(made(encoded(seen_through((400, 400)), "PNG"), max_width=31, format="png").data)
    red, green, blue, alpha = colour_at(image, 0.5, 0.5)
    assert alpha == pytest.approx(128, abs=40)
    assert red > 230
    assert (green, blue) == (0, 0)


@MP("transparency", [None, 3, bytes([255, 255, 0, 40])])
@MP("format_", ["auto", "png", "jpeg"])
def test_palettes_are_resolved_with_their_transparency(
    transparency: int | bytes | None, format_: str
) -> None:
    image = Image.new("P", (40, 40))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0])
    for index in range(4):
        image.paste(index, (index * 10, 0, index * 10 + 10, 40))
    options = {} if transparency is None else {"transparency": transparency}
    done = made(encoded(image, "PNG", **options), format=format_, quality=90)
    wanted = "jpeg" if transparency is None else "webp"
    assert done.format == (wanted if format_ == "auto" else format_)
    reference = opened(encoded(image, "PNG", **options)).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(reference)
    result = opened(done.data).convert("RGBA")
    behind = Image.new("RGBA", image.size, "white")
    behind.alpha_composite(result)
    for x in (0.1, 0.37, 0.62, 0.9):
        assert near(colour_at(behind, x, 0.5), colour_at(white, x, 0.5), 30)


def test_a_transparent_colour_is_seen_through() -> None:
    image = Image.new("RGB", (32, 32), (1, 2, 3))
    done = made(encoded(image, "PNG", transparency=(1, 2, 3)))
    assert done.format == Format.WEBP
    assert colour_at(opened(done.data), 0.5, 0.5)[3] == 0


# Animation


def animated(format_: str, **options: object) -> bytes:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    return encoded(
        frames[0],
        format_,
        save_all=True,
        append_images=frames[1:],
        duration=[100, 200, 300],
        loop=0,
        **options,
    )


@MP("source", ["GIF", "WEBP", "PNG"])
def test_auto_makes_animated_webp_of_what_moves(source: str) -> None:
    done = made(animated(source), quality=80)
    image = opened(done.data)
    assert (done.format, image.n_frames) == (Format.WEBP, 3)  # type: ignore[attr-defined] # WebP
    durations = []
    for index, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
        image.seek(index)
        image.load()
        durations.append(image.info["duration"])
        assert near(colour_at(image, 0.5, 0.5)[:3], colour, 20)
    assert durations == [100, 200, 300]
    assert image.info["loop"] == 0


@MP("source", ["GIF", "WEBP", "PNG"])
def test_what_moves_shrinks_in_every_frame(source: str) -> None:
    image = opened(made(animated(source), max_width=20).data)
    assert image.size == (20, 15)
    assert image.n_frames == 3  # type: ignore[attr-defined] # WebP


@MP("source", ["GIF", "WEBP", "PNG"])
def test_jpeg_shows_the_first_frame_of_what_moves(source: str) -> None:
    done = made(animated(source), format="jpeg", quality=90)
    assert near(colour_at(opened(done.data), 0.5, 0.5), (255, 0, 0), 5)


@MP("source", ["GIF", "WEBP", "PNG"])
def test_keep_keeps_moving(source: str) -> None:
    done = made(animated(source), format="keep", max_width=20)
    image = opened(done.data)
    assert image.format == source
    assert image.n_frames == 3  # type: ignore[attr-defined] # each of the three can move


def test_a_gif_that_plays_once_still_does() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=0)
    image = opened(made(data).data)
    assert image.info["loop"] == 1
    image.seek(1)
    image.load()
    assert image.info["duration"] == 100


def test_only_the_first_page_of_a_tiff_is_used() -> None:
    pages = [Image.new("RGB", (40, 30), "red"), Image.new("RGB", (80, 60), "blue")]
    done = made(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert (done.format, done.width) == (Format.JPEG, 40)


# Metadata and size


def laden(format_: str) -> bytes:
    """A picture with everything in it that must not come out."""
    exif = Image.Exif()
    exif[0x010F] = "SecretMaker"
    exif[0x0112] = 1
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    options: dict[str, object] = {"exif": exif.tobytes(), "icc_profile": srgb_profile()}
    if format_ in {"JPEG", "PNG", "WEBP", "AVIF", "TIFF"}:
        options["xmp"] = b"<x:xmpmeta>SecretXmp</x:xmpmeta>"
    if format_ in {"JPEG", "GIF"}:
        options["comment"] = "SecretComment"
    if format_ == "GIF":
        options = {"comment": "SecretComment"}
    if format_ == "TIFF":
        options["description"] = "SecretDescription"
    data = encoded(photo(), format_, **options)
    if format_ == "PNG":
        data = data[:33] + chunk(b"tEXt", b"Comment\0SecretText") + data[33:]
    return data + b"SecretTrailer"


@MP("source", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF"])
@MP("format_", ["auto", "keep", "png", "webp", "avif"])
@MP("quality", [50, 100])
def test_no_metadata_comes_out(source: str, format_: str, quality: int) -> None:
    data = laden(source)
    assert b"Secret" in data
    done = made(data, format=format_, quality=quality)
    assert b"Secret" not in done.data
    image = opened(done.data)
    assert not image.getexif().get(0x8825)
    assert not {"exif", "xmp", "icc_profile", "comment", "XML:com.adobe.xmp"} & image.info.keys()
    assert difference(image, photo()) < 8


def noise(size: tuple[int, int] = (200, 150)) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise(size, 100) for _ in range(3)])


@MP("source", list(Format))
@MP("quality", [90, 100])
def test_the_result_is_never_larger_than_a_source_of_its_format(
    source: Format, quality: int
) -> None:
    options = {"quality": 20} if source in {Format.JPEG, Format.WEBP, Format.AVIF} else {}
    if source == Format.TIFF:
        options = {"compression": "jpeg", "quality": 20}
    data = encoded(photo(), source, **options)
    done = made(data, format="keep", quality=quality)
    assert len(done.data) <= len(data)
    assert difference(opened(done.data), opened(data)) < 9


@MP("orientation", [3, 6])
def test_the_result_is_not_larger_even_if_it_had_to_be_turned(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(photo(), "JPEG", quality=15, exif=exif)
    done = made(data, quality=95)
    assert len(done.data) <= len(data)
    assert (done.width, done.height) == ((240, 320) if orientation == 6 else (320, 240))


def test_the_result_is_not_larger_even_if_its_colours_had_to_change() -> None:
    for source, options in (("JPEG", {"quality": 15}), ("PNG", {"optimize": True})):
        image = photo() if source == "JPEG" else photo().quantize(8)
        data = encoded(image, source, icc_profile=rgb_profile("P3", P3, 2.2), **options)
        assert len(made(data, quality=95, format="keep").data) <= len(data)


def test_noise_that_outgrows_the_encoders_buffer_is_still_encoded() -> None:
    data = encoded(noise((900, 700)), "PNG")
    for quality in (90, 94, 95, 100):
        assert made(data, quality=quality).format == Format.JPEG


def test_bytes_after_the_picture_are_no_problem() -> None:
    for format_ in ("JPEG", "PNG", "GIF", "WEBP"):
        done = made(encoded(photo(), format_) + b"trailing" * 1000)
        assert difference(opened(done.data), photo()) < 8


def test_a_picture_within_a_picture_is_left_behind() -> None:
    """Cameras append previews to JPEGs (CIPA DC-007)."""
    data = encoded(photo(), "MPO", save_all=True, append_images=[corners(), corners()])
    done = made(data)
    assert (done.format, done.width) == (Format.JPEG, 320)
    assert len(done.data) < len(data)


def test_pixels_that_cannot_be_read_are_corrupt() -> None:
    data = encoded(photo(), "PNG")
    at = data.index(b"IDAT") + 60
    with pytest.raises(ImageError) as caught:
        made(data[:at] + bytes(100) + data[at + 100 :])
    assert caught.value.code == "corrupt_image"
