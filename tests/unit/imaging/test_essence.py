"""What decoders are given of a file: all that decides what is seen, and nothing that costs more."""

import io
import struct

import pytest
from PIL import Image, TiffImagePlugin

from imaging import apng, avif, geometry, png, readers, tiff, tiff_directory, webp
from imaging.formats import Format
from imaging.memory import needed
from imaging.png import LARGEST_EXIF
from imaging.source import open_source
from pipeline.errors import ImageError
from pipeline.options import ImageOptions
from tests.pictures import chunk, encoded, photo, srgb_profile
from tests.unit.imaging import files
from tests.unit.imaging.drawings import animated
from tests.unit.imaging.files import PICTURE, orientation, part, tiff_of_rows

MEGABYTES = 2_000_000


@pytest.mark.parametrize("compression", [1, 8])
def test_a_tiffs_fields_that_show_nothing_are_not_given_to_decoders(compression: int) -> None:
    """libtiff copies each field; thousands that name the same megabytes were gigabytes."""
    unknown = [(tag, 7, MEGABYTES) for tag in range(1_000, 1_300)]
    directories = [(tag, 4, 1) for tag in (330, 34665, 34853)]
    data = tiff_of_rows(*unknown, *directories, behind=MEGABYTES, compression=compression)
    image = tiff.opened(data)
    assert isinstance(image, TiffImagePlugin.TiffImageFile)
    assert set(image.tag_v2) == {256, 257, 258, 259, 262, 273, 277, 278, 279}
    assert image.tobytes() == PICTURE.tobytes()


def test_a_tiffs_profile_and_orientation_are_given_to_decoders() -> None:
    for big in (False, True):
        data = encoded(PICTURE, "TIFF", icc_profile=srgb_profile(), tiffinfo={274: 6}, big_tiff=big)
        image = tiff.opened(data)
        assert image.info["icc_profile"] == srgb_profile()
        image.load()
        assert image.size == PICTURE.size[::-1]


@pytest.mark.parametrize("kind", [2, 3, 12])
def test_a_tiffs_profile_is_bytes_or_none(kind: int) -> None:
    image = tiff.opened(tiff_of_rows((34675, kind, 1_000), behind=8_000))
    assert "icc_profile" not in image.info


def test_what_a_tiff_is_given_instead_of_its_directory_takes_no_more_room() -> None:
    """Or a file that was cut short would be taken for one that is whole."""
    data = encoded(photo(), "TIFF", description="x" * 100)
    directory = tiff_directory.read(data)
    assert len(tiff_directory.essence(directory)) == len(data)


def test_fields_that_name_the_same_bytes_are_not_copied_to_be_read() -> None:
    """Each of these is a field that the picture needs."""
    large = [(tag, 4, 90_000) for tag in (258, 320, 338, 339, 532)]
    directory = tiff_directory.read(tiff_of_rows(*large, behind=MEGABYTES))
    assert {directory.count(tag) for tag, *_ in large} == {90_000}
    assert directory.raw(258).count(0) == 4 * 90_000
    larger = tiff_directory.read(tiff_of_rows((320, 4, 200_000), behind=MEGABYTES))
    assert larger.count(320) == 0


def test_a_tiffs_many_strips_count_as_memory() -> None:
    few, many = (
        needed(open_source(_of_strips(rows)), ImageOptions()) - 14 * 20_000 for rows in (100, 1)
    )
    assert many - few > 300 * 19_000


def _of_strips(rows: int) -> bytes:
    """One pixel wide, 20,000 high."""
    count = 20_000 // rows
    values = {256: 1, 257: 20_000, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: rows, 279: 80_200}
    entries = b"".join(
        struct.pack("<HHII", tag, 4, count if tag in {273, 279} else 1, value)
        for tag, value in values.items()
    )
    head = b"II*\0" + struct.pack("<IH", 8, len(values)) + entries
    return head.ljust(200, b"\0") + struct.pack("<I", 200) * 40_000


def test_of_what_a_png_may_have_once_the_first_counts() -> None:
    """In the picture that stands still and in the one that moves; so do browsers."""
    twice = [
        chunk(kind, bytes([level]) * 6) for level in (1, 2) for kind in (b"PLTE", b"tRNS", b"eXIf")
    ]
    data = files.png(*twice, files.PNG[8 : files.PNG_HEADER])
    found = [each.kind for each in png.chunks(png.essence(data))]
    assert sorted(found) == [b"IDAT", b"IEND", b"IHDR", b"PLTE", b"eXIf", b"tRNS"]
    moving = files.apng(8, 8, 2)
    shared = b"".join(each for each in twice if b"eXIf" not in each)
    read = apng.read(moving[:33] + shared + moving[33:], most=2)
    assert read is not None
    assert read.shared == twice[0] + twice[1]


def test_a_webps_frames_are_counted_before_a_decoder_remembers_them() -> None:
    many = files.webp_frames(8, 8, 5_000)
    assert webp.frames(many, most=1_000) == 1_001
    assert webp.frames(files.webp_frames(8, 8, 7), most=1_000) == 7
    assert webp.frames(files.WEBP, most=1_000) == 1


def test_of_megabytes_of_exif_the_beginning_is_read() -> None:
    image = Image.new("RGB", (8, 8))
    image.info["exif"] = orientation(3, struct.pack("<I", 6)) + bytes(5 * MEGABYTES)
    assert geometry.orientation(image) == 6
    assert len(image.info["exif"]) <= LARGEST_EXIF


@pytest.mark.filterwarnings("ignore:Tag data larger than file")
def test_an_orientation_of_a_million_fractions_is_none() -> None:
    fractions = struct.pack("<HHII", 0x0112, 5, 1_000_000, 26)
    exif = b"II*\0\x08\0\0\0\1\0" + fractions + bytes(8_000_004)
    source = open_source(files.webp(64, 48, files.WEBP[12:], part(b"EXIF", exif), flags=0x08))
    image = source.take()
    assert geometry.orientation(image) == 1
    assert len(image.info["exif"]) <= LARGEST_EXIF


@pytest.mark.parametrize("turn", [1, 6])
def test_an_avifs_exif_is_not_unpacked(turn: int) -> None:
    """What turns the picture is a property of its own."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretMaker", turn
    data = encoded(PICTURE, "AVIF", speed=10, exif=exif.tobytes())
    assert "SecretMaker" in Image.open(io.BytesIO(data)).getexif().values()
    image = readers.opened(data, Format.AVIF)
    assert b"SecretMaker" not in image.info.get("exif", b"")
    assert geometry.orientation(image) == turn


def test_what_stands_behind_an_avif_is_not_taken_for_endless_boxes() -> None:
    for data in (files.AVIF, animated("AVIF")):
        known = list(avif.boxes(data))
        for tail in (bytes(100_000), b"\0\0\0\2" * 100_000, b"PK\3\4" * 100_000):
            assert len(list(avif.boxes(data + tail))) <= len(known) + 1


def test_an_apngs_frames_share_no_more_of_its_header_than_a_header_has() -> None:
    data = files.apng(4, 4, 2)
    padded = data[:8] + chunk(b"IHDR", data[16:29] + bytes(1_000_000)) + data[33:]
    parts = apng.read(padded, most=9)
    assert parts is not None
    assert len(parts.kind) == 5


def test_an_avifs_samples_are_counted_though_their_table_is_empty() -> None:
    sizes = struct.pack(">I4sIII", 20, b"stsz", 0, 1, 2_590_000)
    for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        sizes = struct.pack(">I4s", 8 + len(sizes), kind) + sizes
    assert avif.frames(sizes) == 2_590_000
    assert avif.frames(animated("AVIF")) == 3
    assert avif.frames(files.AVIF) == 0


def test_an_avif_of_too_many_samples_is_not_opened() -> None:
    moving = bytearray(animated("AVIF"))
    sizes = next(box for box in avif.boxes(bytes(moving)) if box.kind == b"stsz")
    struct.pack_into(">I", moving, sizes.body + 8, 1_001)
    with pytest.raises(ImageError, match="more than 1000 frames"):
        open_source(bytes(moving))
