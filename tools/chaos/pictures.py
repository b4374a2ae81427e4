"""Small pictures, each different, in the formats that shops have."""

import io
import random

from PIL import Image, ImageDraw

COUNT = 12


def drawn() -> list[bytes]:
    """The same pictures each time: JPEG, PNG with and without transparency, WebP."""
    return [_picture(number) for number in range(COUNT)]


def _picture(number: int) -> bytes:
    chance = random.Random(f"picture {number}")
    width, height = chance.randrange(40, 120), chance.randrange(40, 120)
    image = Image.new("RGB", (width, height), _colour(chance))
    draw = ImageDraw.Draw(image)
    for _ in range(8):
        left, top = chance.randrange(width), chance.randrange(height)
        box = (left, top, left + chance.randrange(1, 60), top + chance.randrange(1, 60))
        draw.ellipse(box, fill=_colour(chance))
    out = io.BytesIO()
    match number % 4:
        case 0 | 1:
            image.save(out, "JPEG", quality=92)
        case 2:
            image.save(out, "PNG")
        case _:
            image.putalpha(Image.linear_gradient("L").resize((width, height)))
            image.save(out, chance.choice(("PNG", "WEBP")))
    return out.getvalue()


def _colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)
