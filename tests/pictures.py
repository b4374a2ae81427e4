"""Pictures drawn by code, and what to compare of them."""

import io
import math
import struct
import zlib

from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageStat

P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
D50 = [0.9642, 1.0, 0.8249]
MADE_AT = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
"""Year to second in the header of an ICC profile, which would else differ from run to run."""


def shape(size: tuple[int, int]) -> str:
    """``320x240``, to name a test's case by."""
    return "{}x{}".format(*size)


def photo(width: int = 320, height: int = 240) -> Image.Image:
    """Gradients and edges: compressible as photographs are, and the same each time."""
    image = Image.merge(
        "RGB",
        [
            Image.linear_gradient("L").resize((width, height)),
            Image.linear_gradient("L").rotate(90).resize((width, height)),
            Image.radial_gradient("L").resize((width, height)),
        ],
    )
    draw = ImageDraw.Draw(image)
    for n in range(24):
        x, y = (n * 37 % 100) * width // 100, (n * 61 % 100) * height // 100
        draw.ellipse((x, y, x + width // 9, y + height // 7), fill=(n * 53 % 256, n * 97 % 256, 90))
    return image


def corners(width: int = 96, height: int = 64) -> Image.Image:
    """Four quarters that tell which way up it is: red, green, blue, yellow, read like a page."""
    image = Image.new("RGB", (width, height))
    for colour, x, y in (("red", 0, 0), ("lime", 1, 0), ("blue", 0, 1), ("yellow", 1, 1)):
        box = (x * width // 2, y * height // 2, (x + 1) * width // 2, (y + 1) * height // 2)
        image.paste(colour, box)
    return image


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def colour_at(image: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place given as shares of width and height."""
    at = (int(x * (image.width - 1)), int(y * (image.height - 1)))
    found = image.convert("RGBA" if "A" in image.mode else "RGB").getpixel(at)
    assert isinstance(found, tuple)
    return found


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of the levels, 0-255."""
    assert one.size == other.size
    stat = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB")))
    return sum(stat.mean) / 3


def png(
    width: int, height: int, *, depth: int, kind: int, rows: bytes, extra: bytes = b""
) -> bytes:
    """A PNG with header fields and filtered rows of one's own choosing.

    Args:
        kind: colour type: 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA.
        extra: whole chunks between header and data.
    """
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def rgb_profile(name: str, primaries: tuple[tuple[float, float], ...], gamma: float) -> bytes:
    """An ICC profile (version 2) of an RGB space with the D65 white point, built from its formulas.

    The colorants are the primaries' matrix, adapted to D50 by Bradford's transform.
    """
    white = (0.3127, 0.3290)
    columns = [_xyz(*primary) for primary in primaries]
    scale = _times(_inverse(_transposed(columns)), _xyz(*white))
    matrix = _transposed(
        [[s * c for c in column] for s, column in zip(scale, columns, strict=True)]
    )
    bradford = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    cone_from, cone_to = _times(bradford, _xyz(*white)), _times(bradford, D50)
    ratio = [
        [(to / of) if r == c else 0.0 for c in range(3)]
        for r, (of, to) in enumerate(zip(cone_from, cone_to, strict=True))
    ]
    adapt = _product(_inverse(bradford), _product(ratio, bradford))
    adapted = _transposed(_product(adapt, matrix))
    curve = _curve(gamma)
    colorants = zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz_tag, adapted), strict=True)
    return _profile(
        name, b"RGB ", dict(colorants) | {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    )


def grey_profile(gamma: float) -> bytes:
    """An ICC profile of a grey space."""
    return _profile("grey", b"GRAY", {b"kTRC": _curve(gamma)})


def srgb_profile() -> bytes:
    """The ICC profile that Little CMS makes, with another date: it writes the current second."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + MADE_AT + made[36:]


def _profile(name: str, space: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = name.encode("ascii") + b"\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    described = description.ljust(-(-len(description) // 4) * 4, b"\0")
    tags = {b"desc": described, b"wtpt": _xyz_tag(D50), **tags}
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        table += tag + struct.pack(">II", at + len(body), len(value))
        body += value
    header = struct.pack(
        ">I4sI4s4s4s", at + len(body), b"test", 0x02400000, b"mntr", space, b"XYZ "
    )
    header += MADE_AT + b"acsp" + bytes(28)
    header += b"".join(struct.pack(">i", round(value * 65536)) for value in D50)
    return header.ljust(128, b"\0") + table + body


def _curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)


def _xyz(x: float, y: float) -> list[float]:
    return [x / y, 1.0, (1 - x - y) / y]


def _xyz_tag(values: list[float]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def _transposed(rows: list[list[float]]) -> list[list[float]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _times(matrix: list[list[float]], vector: list[float]) -> list[float]:
    return [math.fsum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _product(one: list[list[float]], other: list[list[float]]) -> list[list[float]]:
    return _transposed([_times(one, column) for column in _transposed(other)])


def _inverse(m: list[list[float]]) -> list[list[float]]:
    (a, b, c), (d, e, f), (g, h, i) = m
    adjugate = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    determinant = a * adjugate[0][0] + b * adjugate[1][0] + c * adjugate[2][0]
    return [[value / determinant for value in row] for row in adjugate]
