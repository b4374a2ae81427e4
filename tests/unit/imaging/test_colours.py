"""Any colours to sRGB, and transparency that never turns black."""

import io
import struct

import pytest
from PIL import Image, ImageCms

from imaging.formats import Format
from imaging.png import LARGEST_PROFILE
from pipeline.errors import ImageError
from tests.pictures import (
    ADOBE,
    P3,
    chunk,
    colour_at,
    difference,
    encoded,
    grey_profile,
    opened,
    photo,
    png,
    rgb_profile,
    srgb_profile,
)
from tests.unit.imaging.results import made, near


@pytest.mark.parametrize("name", ["P3", "Adobe"])
@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
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


@pytest.mark.parametrize(
    "profile",
    [
        b"nonsense",
        b"\0" * 200,
        srgb_profile()[:300],
        rgb_profile("P3", P3, 2.2).replace(b"RGB ", b"R\xffB "),
    ],
    ids=["text", "zeros", "cut short", "of no colour space"],
)
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    data = encoded(photo(), "JPEG", quality=90, icc_profile=profile)
    assert difference(opened(made(data).data), photo()) < 6


def test_a_profile_for_other_colours_is_ignored() -> None:
    data = encoded(photo().convert("L"), "JPEG", icc_profile=rgb_profile("P3", P3, 2.2))
    assert opened(made(data).data).mode == "L"


@pytest.mark.parametrize("mode", ["L", "LA", "I;16", "transparent L", "transparent I;16"])
def test_a_profile_of_grey_becomes_srgb(mode: str) -> None:
    """64 of 255 in linear light is 137 in sRGB (IEC 61966-2-1)."""
    bare = mode.removeprefix("transparent ")
    levels: dict[str, int | tuple[int, int]] = {"L": 64, "LA": (64, 128), "I;16": 64 * 257}
    options = {"transparency": 3} if bare != mode else {}
    image = Image.new(bare, (16, 16), levels[bare])
    data = encoded(image, "PNG", icc_profile=grey_profile(1.0), **options)
    found = opened(made(data, format="png").data).convert("RGBA").getpixel((5, 5))
    assert isinstance(found, tuple)
    assert near(found, (137, 137, 137, 128 if bare == "LA" else 255), 1)


def test_transparency_survives_a_profile() -> None:
    image = Image.new("RGBA", (32, 32), (60, 180, 90, 128))
    done = made(encoded(image, "PNG", icc_profile=rgb_profile("P3", P3, 2.2)), quality=95)
    found = colour_at(opened(done.data), 0.5, 0.5)
    assert found[3] == 128
    assert not near(found[:3], (60, 180, 90), 5)


@pytest.mark.parametrize("source", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(source: str) -> None:
    image = opened(made(encoded(photo().convert("CMYK"), source)).data)
    assert image.mode == "RGB"
    assert difference(image, photo()) < 8


def test_a_jpeg_that_stores_rgb_keeps_its_colours() -> None:
    data = encoded(photo(), "JPEG", quality=90, keep_rgb=True)
    assert difference(opened(made(data).data), photo()) < 6


@pytest.mark.parametrize(
    "options",
    [{"progressive": True}, {"subsampling": "4:4:4"}, {"subsampling": "4:2:2"}],
    ids=["progressive", "4:4:4", "4:2:2"],
)
def test_every_kind_of_jpeg_is_read(options: dict[str, object]) -> None:
    data = encoded(photo(), "JPEG", quality=90, **options)
    assert difference(opened(made(data).data), photo()) < 6


def test_grey_stays_grey() -> None:
    assert opened(made(encoded(photo().convert("L"), "JPEG")).data).mode == "L"
    assert opened(made(encoded(photo().convert("L"), "PNG")).data).mode == "L"


@pytest.mark.parametrize("value", [0, 1000, 30_000, 65_535])
@pytest.mark.parametrize("source", ["PNG", "TIFF"])
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


@pytest.mark.parametrize(
    ("mode", "value"),
    [("I", 40_000), ("F", 0.6), ("1", 1), ("LA", (155, 255))],
    ids=["I", "F", "1", "LA"],
)
def test_odd_modes_are_read(mode: str, value: object) -> None:
    image = Image.new(mode, (16, 16), value)  # type: ignore[arg-type] # a colour of that mode
    done = made(encoded(image, "PNG" if mode in {"1", "LA"} else "TIFF"), quality=95)
    expected = 255 if mode == "1" else 155
    assert near(colour_at(opened(done.data), 0.5, 0.5), (expected,) * 3, 3)


def test_lab_becomes_rgb() -> None:
    done = made(encoded(Image.new("LAB", (16, 16), (128, 128, 128)), "TIFF"))
    assert near(colour_at(opened(done.data), 0.5, 0.5), (119, 119, 119), 4)


def seen_through(size: tuple[int, int] = (64, 64)) -> Image.Image:
    """Opaque red on the left; on the right nothing, over a hidden black."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, size[0] // 2, size[1]))
    return image


@pytest.mark.parametrize("source", ["PNG", "WEBP", "TIFF", "AVIF"])
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


@pytest.mark.parametrize("source", ["PNG", "GIF", "WEBP"])
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


@pytest.mark.parametrize(
    "transparency",
    [None, 3, bytes([255, 255, 0, 40])],
    ids=["opaque", "one colour", "of each colour"],
)
@pytest.mark.parametrize("format_", ["auto", "png", "jpeg"])
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


def test_programs_within_a_profile_are_not_run() -> None:
    """LittleCMS would prefer one to the curves and the matrix beside it; this one makes black."""
    profile = rgb_profile("P3", P3, 2.2)
    flat = Image.new("RGB", (8, 8), (60, 180, 90))
    plain, programmed = (
        opened(made(encoded(flat, "PNG", icc_profile=each)).data)
        for each in (profile, _with_program(profile))
    )
    assert colour_at(programmed, 0.5, 0.5) == colour_at(plain, 0.5, 0.5)


def _with_program(profile: bytes) -> bytes:
    """The profile (as of version 4) with a ``D2B1`` tag, of one matrix that is all zeros."""
    matrix = b"matf" + struct.pack(">IHH12f", 0, 3, 3, *[0.0] * 12)
    program = b"mpet" + struct.pack(">IHHIII", 0, 3, 3, 1, 24, len(matrix)) + matrix
    (count,) = struct.unpack_from(">I", profile, 128)
    table, values = profile[132 : 132 + 12 * count], profile[132 + 12 * count :]
    tags = b"".join(
        struct.pack(">4sII", kind, at + 12, size)
        for kind, at, size in struct.iter_unpack(">4sII", table)
    )
    tags += struct.pack(">4sII", b"D2B1", len(profile) + 12, len(program))
    made_ = profile[:128] + struct.pack(">I", count + 1) + tags + values + program
    return struct.pack(">I4s4s", len(made_), made_[4:8], b"\4\x30\0\0") + made_[12:]


@pytest.mark.parametrize("source", ["JPEG", "WEBP"])  # the others' readers leave it out already
def test_a_profile_that_is_too_large_to_be_one_is_ignored(source: str) -> None:
    """Each is remembered for as long as the process lives."""
    profile = rgb_profile("P3", P3, 2.2)
    flat = Image.new("RGB", (8, 8), (60, 180, 90))
    small, large, none = (
        colour_at(opened(made(encoded(flat, source, **options)).data), 0.5, 0.5)
        for options in (
            {"icc_profile": profile},
            {"icc_profile": profile.ljust(LARGEST_PROFILE + 1, b"\0")},
            {},
        )
    )
    assert near(large, none, 0)
    assert not near(small, none, 8)


def test_grey_with_alpha_that_is_multiplied_in_is_a_picture() -> None:
    file = io.BytesIO()
    Image.new("LA", (8, 8), (100, 128)).save(file, "TIFF")
    data = file.getvalue().replace(
        struct.pack("<HHIH", 338, 3, 1, 2), struct.pack("<HHIH", 338, 3, 1, 1)
    )
    assert data != file.getvalue()
    for format_ in ("auto", "png", "webp", "jpeg", "keep"):
        assert opened(made(data, format=format_).data).size == (8, 8)


def test_a_bigtiff_of_which_pillow_and_libtiff_see_other_directories_is_refused() -> None:
    with pytest.raises(ImageError) as caught:
        made(b"MM\0+\0\x08\0\0" + bytes(600_000))
    assert caught.value.code == "unsupported_format"
