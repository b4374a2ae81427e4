"""The sample pictures: what a shop has, awkward ones too, and the files that they are kept in."""

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from localcloud.demo import studio
from localcloud.demo.studio import COLOURS, SHAPES, cut_out, photograph

ORIENTATION, GPS = 0x0112, 0x8825


def all_pictures() -> dict[str, Callable[[], bytes]]:
    """File names and what draws them: every shape in some colours, and three special ones."""
    pictures: dict[str, Callable[[], bytes]] = {}
    for shape in SHAPES:
        for colour in ("amber", "moss", "sky", "brick"):
            name = f"{shape}-{colour}.jpg"
            pictures[name] = _jpeg(shape, colour, name)
    pictures["bottle-studio.png"] = lambda: _encoded(
        photograph("bottle", COLOURS["cream"], seed="studio", size=(900, 675)), "PNG"
    )
    pictures["mug-cut-out.png"] = lambda: _encoded(
        cut_out("mug", COLOURS["slate"], seed="cut-out"), "PNG"
    )
    pictures["shoe-from-a-phone.jpg"] = _from_a_phone
    return pictures


def made(folder: Path) -> dict[str, bytes]:
    """All pictures by file name, drawn once and kept in ``folder``."""
    sources = (Path(__file__), Path(studio.__file__))
    drawn_by = hashlib.sha256(b"".join(file.read_bytes() for file in sources))
    folder = folder / drawn_by.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for name, draw in all_pictures().items():
        file = folder / name
        if not file.exists():
            part = file.with_suffix(".part")
            part.write_bytes(draw())
            part.replace(file)
        pictures[name] = file.read_bytes()
    return pictures


def _jpeg(shape: str, colour: str, seed: str) -> Callable[[], bytes]:
    return lambda: _encoded(photograph(shape, COLOURS[colour], seed=seed), "JPEG", quality=92)


def _from_a_phone() -> bytes:
    """Lies on its side and says so, and tells where it was taken: Reykjavík."""
    upright = photograph("shoe", COLOURS["slate"], seed="phone", size=(900, 1200))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn by 90° clockwise to look at it
    place: Sequence[tuple[int, object]] = (
        (1, "N"), (2, (64.0, 8.0, 48.0)), (3, "W"), (4, (21.0, 56.0, 24.0)),
    )  # fmt: skip
    exif.get_ifd(GPS).update(place)
    sideways = upright.transpose(Image.Transpose.ROTATE_90)
    return _encoded(sideways, "JPEG", quality=92, exif=exif)


def _encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()
