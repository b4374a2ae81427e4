"""WebP's first chunk (RFC 9649), and its pixels."""

from PIL import Image, WebPImagePlugin

EXTENDED = b"VP8X"

_FLAGS = 20
"""Where in the file an extended header has them."""

_ANIMATION, _ALPHA = 0x02, 0x10


def size(data: bytes) -> tuple[int, int]:
    """Width and height of the canvas."""
    header = data[12:30].ljust(18, b"\0")
    if header[:4] == EXTENDED:
        width = int.from_bytes(header[12:15], "little") + 1
        return width, int.from_bytes(header[15:18], "little") + 1
    if header[:4] == b"VP8L":
        bits = int.from_bytes(header[9:13], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width = int.from_bytes(header[14:16], "little") & 0x3FFF
    return width, int.from_bytes(header[16:18], "little") & 0x3FFF


def seen_through(data: bytes) -> bytes:
    """An animation that says that it has an alpha channel; any other file as it is.

    Encoders say so if a frame has one. What no frame draws is seen through as well, and readers
    that go by the flag, Pillow among them, show it black.
    """
    if data[12:16] != EXTENDED or not data[_FLAGS] & _ANIMATION or data[_FLAGS] & _ALPHA:
        return data
    return data[:_FLAGS] + bytes([data[_FLAGS] | _ALPHA]) + data[_FLAGS + 1 :]


def still(image: Image.Image) -> Image.Image:
    """The first frame of an opened file, which takes 12 bytes a pixel and 4 once it is there.

    Pillow would keep the decoder's two canvases and copy the pixels once more: 16.
    """
    if not isinstance(image, WebPImagePlugin.WebPImageFile):
        raise TypeError("not a WebP")
    pixels, _, _ = image._get_next()  # noqa: SLF001 (there is no other way to the decoder)
    image._decoder = None  # noqa: SLF001
    mode = image.rawmode
    return Image.frombuffer(mode, image.size, pixels, "raw", mode, 0, 1).convert(image.mode)
