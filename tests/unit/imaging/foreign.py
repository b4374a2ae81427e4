"""Files of other formats, of other kinds, or of two formats at once."""

import gzip
import time
from collections.abc import Iterator

from PIL import Image

from tests.archives import archive
from tests.pictures import encoded
from tests.unit.imaging.files import JPEG, PICTURE, PNG, bmp, tiff


def images() -> Iterator[tuple[str, bytes]]:
    """Images in formats that are not read."""
    for name in ("ICO", "EPS", "JPEG2000", "ICNS", "TGA", "PCX", "SGI", "PPM", "DDS", "QOI"):
        yield name.lower(), encoded(PICTURE, name)
    undated = time.gmtime(0)
    yield "pdf", encoded(PICTURE, "PDF", creationDate=undated, modDate=undated)
    yield from {
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
        "svg with a prefix": b'<?xml version="1.0"?><svg:svg xmlns:svg="x"/>',
        "svg in utf-16": "\ufeff<?xml version='1.0'?><svg/>".encode("utf-16-le"),
        "svg after a long doctype": b'<!DOCTYPE svg [<!ENTITY x "' + b"y" * 9000 + b'">]><svg/>',
        "svg after many comments": b"<!-- - -->\n" * 500 + b"<svg viewBox='0 0 1 1'/>",
        "svg of a billion laughs": b"<!DOCTYPE svg [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><svg/>",
        "fits": b"SIMPLE  =                    T".ljust(2880),
        "photoshop": b"8BPS\0\1" + bytes(20),
        "cursor": b"\0\0\2\0\1\0",
        "apple's icon": b"icns\0\0\0\1",
        "jpeg xr": b"II\xbc\1\x08\0\0\0",
        "jpeg xl": b"\xff\x0a\xfa\x1f",
        "jpeg xl in a box": b"\0\0\0\x0cJXL \r\n\x87\n",
        "jpeg 2000 codestream": b"\xffO\xffQ\0\x2f",
        "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        "heif of nobody": b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic",
        "film": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        "canon's raw of today": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
        "canon's raw": b"II*\0\x10\0\0\0CR\2\0" + bytes(20),
        "fuji's raw": b"FUJIFILMCCD-RAW 0201",
        "panasonic's raw": b"IIU\0\x18\0\0\0",
        "olympus' raw": b"IIRO\x08\0\0\0",
        "dng": tiff((254, 1), (50706, 0x00000401)),
        "nikon's raw": tiff((254, 1), (330, 8)),
    }.items()


def kinds() -> Iterator[tuple[str, bytes]]:
    """Files of formats that are read, of kinds that are not."""
    frame = JPEG.index(b"\xff\xc0")
    yield from {
        "jpeg of 12 bits": JPEG[: frame + 4] + b"\x0c" + JPEG[frame + 5 :],
        "jpeg of two colours": JPEG[: frame + 9] + b"\2" + JPEG[frame + 10 :],
        "jpeg-ls": JPEG.replace(b"\xff\xc0", b"\xff\xf7", 1),
        "hierarchical jpeg": JPEG.replace(b"\xff\xc0", b"\xff\xc5", 1),
        "lossless jpeg of 16 bits": JPEG[: frame + 1] + b"\xc3\0\x11\x10" + JPEG[frame + 5 :],
        "tiff of a sensor's pixels": tiff((262, 32803)),
        "tiff of jpeg 2000": tiff((259, 34712)),
        "tiff of floats in colour": tiff((258, 32), (277, 3), (339, 3), (262, 2)),
        "tiff of unsigned 32 bits": tiff((258, 32)),
        "bmp around a jpeg": bmp(JPEG, 0, 4),
        "bmp around a png": bmp(PNG, 0, 5),
        "bmp of 64 bits": bmp(bytes(64 * 48 * 8), 64, 0),
    }.items()


def others() -> Iterator[tuple[str, bytes]]:
    """Files that are no images, whatever they hold or are called."""
    drawing = encoded(Image.new("1", (8, 8)), "XBM")
    page = b"<!DOCTYPE html><html><head><title>404</title></head><body>Not found</body></html>"
    yield from {
        "nothing": b"",
        "one byte": b"\xff",
        "zeros": bytes(4096),
        "text": b"hello",
        "text that begins like a bmp": b"BMW: all the models of the year and their prices",
        "page": page,
        "page with a drawing": b"<?xml version='1.0'?><!DOCTYPE html><html><svg/></html>",
        "comment that mentions svg": b"<!-- <svg> --><html></html>",
        "store's error": b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
        "json": b'{"error": "not found"}',
        "picture in base64": b"data:image/png;base64,iVBORw0KGgo=",
        "drawing in C": drawing,
        "packed jpeg": gzip.compress(JPEG, mtime=0),
        "packed svg": gzip.compress(b"<svg/>", mtime=0),
        "archive of a jpeg": archive({"picture.jpg": JPEG}),
        "film of another kind": b"\x1a\x45\xdf\xa3",
        "sound": b"RIFF\x24\0\0\0WAVEfmt ",
        "program": b"\x7fELF\2\1\1",
        "jpeg after an empty line": b"\r\n" + JPEG,
        "jpeg after a page": page + JPEG,
    }.items()


def polyglots() -> Iterator[tuple[str, bytes]]:
    """Pictures that are something else as well. Nothing of it may come out."""
    tail = archive({"index.html": "<script>alert(1)</script>"})
    for name in ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF"):
        options = {"quality": 90} if name == "WEBP" else {"speed": 10} if name == "AVIF" else {}
        yield f"{name.lower()} and zip", encoded(PICTURE, name, **options) + tail
    script = b"*/=1;<script>alert(1)</script>/*"
    yield "jpeg and page", encoded(PICTURE, "JPEG", quality=90, comment=b"<html>" + script)
    yield "jpeg and pdf", encoded(PICTURE, "JPEG", quality=90, comment=b"%PDF-1.4\n1 0 obj")
    yield "gif and script", encoded(PICTURE, "GIF", comment=script)
    yield "jpeg and two pictures", JPEG + encoded(Image.new("RGB", (64, 48), "red"), "JPEG")
