"""No metadata comes out, and no file grows."""

import random
import struct
from collections.abc import Iterator

import pytest
from PIL import Image, ImageOps

from imaging.formats import Format
from imaging.stripping import strip
from imaging.work import Work
from pipeline.errors import ImageError
from tests.pictures import (
    P3,
    chunk,
    corners,
    difference,
    encoded,
    opened,
    photo,
    rgb_profile,
    srgb_profile,
)
from tests.unit.imaging.results import made


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


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF"])
@pytest.mark.parametrize("format_", ["auto", "keep", "png", "webp", "avif"])
@pytest.mark.parametrize("quality", [50, 100])
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


@pytest.mark.parametrize("source", list(Format))
@pytest.mark.parametrize("quality", [90, 100])
def test_the_result_is_never_larger_than_a_source_of_its_format(
    source: Format, quality: int
) -> None:
    options: dict[str, object] = {}
    if source in {Format.JPEG, Format.WEBP, Format.AVIF}:
        options = {"quality": 20}
    if source == Format.TIFF:
        options = {"compression": "jpeg", "quality": 20}
    data = encoded(photo(), source, **options)
    done = made(data, format="keep", quality=quality)
    assert len(done.data) <= len(data)
    assert difference(opened(done.data), opened(data)) < 9


def unusual() -> Iterator[tuple[str, bytes]]:
    """Name and file: what is not as encoders write it today, and small."""
    few = encoded(photo().quantize(64), "BMP")
    yield "bmp that does not say how large it is", few[:2] + bytes(4) + few[6:]
    size, at = struct.unpack_from("<I4xI", few, 2)
    version = struct.pack("<IHHII", size + 84, 0, 0, at + 84, 124) + few[18:54]
    fields = bytes(16) + b"DEBM" + bytes(48) + struct.pack("<IIII", 4, size + 84, 5_000, 0)
    profile = b"SecretProfile".ljust(5_000)
    yield "bmp with a profile", few[:2] + version + fields + few[54:] + profile
    yield "gif without a trailer", encoded(photo().quantize(64), "GIF")[:-1]
    still = encoded(photo().quantize(64), "GIF")
    yield "gif with rubbish before its trailer", still[:-1] + b"\1" + still[-1:]
    yield "jpeg without an end", made(encoded(photo(), "JPEG"), quality=20).data[:-2]


UNUSUAL = dict(unusual())


@pytest.mark.parametrize("name", UNUSUAL)
def test_the_result_is_not_larger_even_if_the_source_is_unusual(name: str) -> None:
    data = UNUSUAL[name]
    done = made(data, format="keep", quality=100)
    assert done.format in name
    assert len(done.data) <= len(data)
    assert b"Secret" not in done.data
    assert difference(opened(done.data), photo()) < 12


@pytest.mark.parametrize("orientation", [3, 6])
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


def test_strips_that_are_the_same_bytes_are_not_copied_again_and_again() -> None:
    row = bytes(range(256)) * 8
    strips = 256 * b"\x10\0\0\0"
    fields = {
        256: (3, 2048),
        257: (3, 256),
        258: (3, 8),
        259: (3, 1),
        262: (3, 1),
        277: (3, 1),
        278: (3, 1),
        273: (4, 0),
        279: (4, 0),
    }
    head = b"II*\0" + struct.pack("<I", 16 + len(row)) + bytes(8) + row
    at = len(head) + 2 + 12 * len(fields) + 4
    places = {273: at, 279: at + 4 * 256}
    directory = struct.pack("<H", len(fields)) + b"".join(
        struct.pack("<HHII", tag, kind, 256 if tag in places else 1, places.get(tag, value))
        for tag, (kind, value) in sorted(fields.items())
    )
    data = head + directory + bytes(4) + strips + struct.pack("<I", len(row)) * 256
    assert opened(data).size == (2048, 256)
    assert strip(data, Format.TIFF) is None


def test_a_webp_that_lies_about_a_chunk_is_not_filled_up() -> None:
    lying = b"VP8 " + struct.pack("<I", 0xFFFF_FFF0) + bytes(100)
    assert strip(b"RIFF\xff\xff\xff\xffWEBP" + lying, Format.WEBP) is None


def test_pixels_that_cannot_be_read_are_corrupt() -> None:
    data = encoded(photo(), "PNG")
    at = data.index(b"IDAT") + 60
    with pytest.raises(ImageError) as caught:
        made(data[:at] + bytes(100) + data[at + 100 :])
    assert caught.value.code == "corrupt_image"


def test_a_turned_page_of_two_colours_keeps_them_and_is_encoded_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Harder work would take seconds a megapixel, which a palette of two colours spares."""
    page = Image.frombytes("1", (400, 400), random.Random(3).randbytes(50 * 400))
    tried: list[bool] = []
    encoded_ = Work.encoded

    def counted(work: Work, quality: int, *, smallest: bool = False) -> bytes:
        tried.append(smallest)
        return encoded_(work, quality, smallest=smallest)

    monkeypatch.setattr(Work, "encoded", counted)
    turned = Image.Exif()
    turned[0x0112] = 6
    source = encoded(page, "PNG", exif=turned)
    result = made(source, format="keep").data
    assert len(result) <= len(source)
    upright = ImageOps.exif_transpose(opened(source)).convert("L")
    assert opened(result).convert("L").tobytes() == upright.tobytes()
    assert tried == [False, False]
