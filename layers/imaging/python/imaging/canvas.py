"""What the parts of an animation show together, each drawn over those before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from PIL import Image


class Disposal(Enum):
    """How a part leaves the canvas once its time is over."""

    STAYS = auto()
    TO_NOTHING = auto()
    TO_PREVIOUS = auto()


@dataclass(frozen=True)
class Part:
    """A picture in mode RGBA and its place. It covers what is behind it, or ``replaces`` it."""

    image: Image.Image
    left: int
    top: int
    disposal: Disposal
    replaces: bool = False


def screens(size: tuple[int, int], parts: Iterable[Part]) -> Iterator[Image.Image]:
    """The whole canvas at each part, in mode RGBA; where nothing is drawn, it is seen through."""
    canvas = Image.new("RGBA", size)
    for part in parts:
        before = canvas.copy() if part.disposal is Disposal.TO_PREVIOUS else canvas
        place = (part.left, part.top)
        if part.replaces:
            canvas.paste(part.image, place)
        else:
            canvas.alpha_composite(part.image, place)
        yield canvas.copy()
        if part.disposal is Disposal.TO_NOTHING:
            canvas.paste((0, 0, 0, 0), (*place, *_corner(part)))
        else:
            canvas = before


def _corner(part: Part) -> tuple[int, int]:
    return part.left + part.image.width, part.top + part.image.height
