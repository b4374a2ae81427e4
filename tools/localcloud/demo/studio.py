"""Products drawn by code: light, shadow and grain, the same each time.

Flat shapes would compress to nothing; lighting and grain make them weigh what photographs weigh.
"""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Colour = tuple[int, int, int]
Point = tuple[float, float]
Paint = Callable[[ImageDraw.ImageDraw, "Frame"], None]

WIDTH, HEIGHT = 1200, 900
GRAIN = 7
"""Levels of noise to either side, as of a small sensor indoors."""

COLOURS: dict[str, Colour] = {
    "amber": (196, 120, 32),
    "moss": (86, 116, 70),
    "sky": (96, 146, 190),
    "brick": (168, 66, 52),
    "slate": (84, 92, 104),
    "cream": (222, 206, 176),
}


class Frame:
    """The part of a canvas that a product fills: its shapes are drawn in 0.0-1.0 of it."""

    def __init__(self, left: float, top: float, width: float, height: float) -> None:
        self.left, self.top, self.width, self.height = left, top, width, height

    def at(self, x: float, y: float) -> Point:
        return self.left + x * self.width, self.top + y * self.height

    def box(self, left: float, top: float, right: float, bottom: float) -> list[Point]:
        return [self.at(left, top), self.at(right, bottom)]


def bottle(draw: ImageDraw.ImageDraw, frame: Frame) -> None:
    draw.rounded_rectangle(frame.box(0.30, 0.34, 0.70, 1.0), radius=frame.width * 0.05, fill=255)
    draw.ellipse(frame.box(0.30, 0.22, 0.70, 0.46), fill=255)
    draw.rectangle(frame.box(0.43, 0.05, 0.57, 0.30), fill=255)
    draw.rounded_rectangle(frame.box(0.415, 0.0, 0.585, 0.07), radius=6, fill=255)


def mug(draw: ImageDraw.ImageDraw, frame: Frame) -> None:
    draw.ellipse(frame.box(0.62, 0.36, 0.98, 0.84), fill=255)
    draw.ellipse(frame.box(0.70, 0.45, 0.90, 0.75), fill=0)
    draw.rounded_rectangle(frame.box(0.10, 0.22, 0.76, 1.0), radius=frame.width * 0.07, fill=255)
    draw.ellipse(frame.box(0.10, 0.15, 0.76, 0.29), fill=255)


def shoe(draw: ImageDraw.ImageDraw, frame: Frame) -> None:
    upper = [
        (0.03, 0.94), (0.05, 0.45), (0.16, 0.36), (0.30, 0.42), (0.42, 0.46), (0.58, 0.64),
        (0.80, 0.70), (0.94, 0.78), (0.98, 0.90), (0.97, 0.96),
    ]  # fmt: skip
    draw.polygon([frame.at(x, y) for x, y in upper], fill=255)
    draw.rounded_rectangle(frame.box(0.0, 0.91, 1.0, 1.0), radius=frame.height * 0.04, fill=255)


def carton(draw: ImageDraw.ImageDraw, frame: Frame) -> None:
    outline = [(0.05, 0.30), (0.50, 0.16), (0.97, 0.27), (0.97, 0.86), (0.45, 1.0), (0.05, 0.88)]
    draw.polygon([frame.at(x, y) for x, y in outline], fill=255)


SHAPES: dict[str, Paint] = {"bottle": bottle, "mug": mug, "shoe": shoe, "carton": carton}


def photograph(
    shape: str, colour: Colour, *, seed: str, size: Point = (WIDTH, HEIGHT)
) -> Image.Image:
    """One product on a table, lit from the left."""
    chance = random.Random(seed)  # noqa: S311 (the same picture each time is the point)
    width, height = int(size[0]), int(size[1])
    frame = _frame(shape, width, height, chance)
    canvas = _backdrop(width, height, chance)
    canvas = _shadow(canvas, frame)
    mask = _mask(width, height, SHAPES[shape], frame)
    canvas.paste(_lit(width, height, colour, frame), mask=mask)
    canvas = _details(canvas, shape, frame, mask, chance)
    return _grain(canvas, chance)


def cut_out(shape: str, colour: Colour, *, seed: str, side: int = 800) -> Image.Image:
    """The same product without its background: transparent around it."""
    picture = photograph(shape, colour, seed=seed, size=(side, side))
    frame = _frame(shape, side, side, random.Random(seed))  # noqa: S311 (as above)
    picture.putalpha(_mask(side, side, SHAPES[shape], frame))
    return picture


def _frame(shape: str, width: int, height: int, chance: random.Random) -> Frame:
    share = {"shoe": (0.66, 0.42), "carton": (0.46, 0.56)}.get(shape, (0.46, 0.68))
    zoom = chance.uniform(0.9, 1.05)
    across, down = share[0] * height * zoom, share[1] * height * zoom
    left = (width - across) / 2 + chance.uniform(-0.04, 0.04) * width
    return Frame(left, height * 0.86 - down, across, down)


def _backdrop(width: int, height: int, chance: random.Random) -> Image.Image:
    warm = chance.randrange(-10, 10)
    ramp = Image.linear_gradient("L").resize((width, height))
    wall = ImageOps.colorize(ramp, (238 + warm // 2, 236, 232), (176 + warm, 174, 172 - warm))
    table = ImageOps.colorize(ramp, (120 + warm, 104, 92), (206 + warm, 190, 172))
    edge = Image.new("L", (width, height))
    ImageDraw.Draw(edge).rectangle((0, height * 0.66, width, height), fill=255)
    wall.paste(table, mask=edge.filter(ImageFilter.GaussianBlur(height / 120)))
    vignette = Image.radial_gradient("L").resize((width, height)).point(lambda v: 255 - v // 4)
    return ImageChops.multiply(wall, Image.merge("RGB", [vignette] * 3))


def _shadow(canvas: Image.Image, frame: Frame) -> Image.Image:
    for spread, dark in ((0.07, 0.5), (0.015, 0.35)):  # a wide soft one, a narrow deep one
        mask = Image.new("L", canvas.size)
        ImageDraw.Draw(mask).ellipse(frame.box(0.02, 0.94, 1.06 + spread, 1.04), fill=255)
        mask = mask.filter(ImageFilter.GaussianBlur(spread * frame.width))
        shade = ImageEnhance.Brightness(canvas).enhance(1 - dark)
        canvas = Image.composite(shade, canvas, mask)
    return canvas


def _mask(width: int, height: int, paint: Paint, frame: Frame) -> Image.Image:
    double = Frame(frame.left * 2, frame.top * 2, frame.width * 2, frame.height * 2)
    mask = Image.new("L", (width * 2, height * 2))
    paint(ImageDraw.Draw(mask), double)
    return mask.resize((width, height), Image.Resampling.BOX)


def _lit(width: int, height: int, colour: Colour, frame: Frame) -> Image.Image:
    """A round body's brightness from left to right: Lambert's cosine, light from the left."""
    profile = Image.new("L", (256, 1))
    for x in range(256):
        profile.putpixel((x, 0), int(255 * max(0.06, math.cos((x / 255 - 0.34) * 2.1)) ** 1.2))
    light = Image.new("L", (width, height), 30)
    across = (max(1, int(frame.width)), max(1, int(frame.height * 1.3)))
    light.paste(profile.resize(across), (int(frame.left), int(frame.top - frame.height * 0.2)))
    dark = tuple(level // 4 for level in colour)
    bright = tuple(min(255, level + 70) for level in colour)
    return ImageOps.colorize(light, dark, bright, mid=colour)


def _details(
    canvas: Image.Image, shape: str, frame: Frame, mask: Image.Image, chance: random.Random
) -> Image.Image:
    """A label or seams, and the window that shines back from a glossy side."""
    layer = canvas.copy()
    draw = ImageDraw.Draw(layer)
    ink = (250, 246, 236) if chance.random() < 0.6 else (40, 36, 34)
    if shape == "shoe":
        for n in range(5):
            x = 0.30 + n * 0.055
            draw.line(frame.box(x, 0.50 + n * 0.035, x + 0.09, 0.46 + n * 0.05), fill=ink, width=7)
        draw.rectangle(frame.box(0.0, 0.915, 1.0, 1.0), fill=(236, 232, 224))
    elif shape == "carton":
        side = [frame.at(x, y) for x, y in ((0.45, 0.42), (0.97, 0.27), (0.97, 0.86), (0.45, 1.0))]
        draw.polygon(side, fill=(104, 78, 52))
        draw.line(
            [frame.at(0.05, 0.30), frame.at(0.45, 0.42), frame.at(0.97, 0.27)], fill=ink, width=5
        )
    else:
        draw.rectangle(frame.box(0.0, 0.58, 1.0, 0.80), fill=ink)
        for n in range(3):
            y = 0.63 + n * 0.05
            draw.rectangle(frame.box(0.38, y, 0.62 - n * 0.06, y + 0.02), fill=(120, 96, 70))
    details = Image.blend(canvas, layer, 0.72)
    shine = Image.new("L", canvas.size)
    ImageDraw.Draw(shine).rounded_rectangle(frame.box(0.36, 0.40, 0.41, 0.9), radius=9, fill=170)
    shine = ImageChops.multiply(shine.filter(ImageFilter.GaussianBlur(7)), mask)
    canvas = Image.composite(details, canvas, mask)
    canvas.paste((255, 255, 255), mask=shine)
    return canvas


def _grain(canvas: Image.Image, chance: random.Random) -> Image.Image:
    channels = []
    for channel in canvas.split():
        noise = Image.frombytes("L", canvas.size, chance.randbytes(canvas.width * canvas.height))
        noise = noise.point(lambda v: 128 + (v - 128) * GRAIN // 128)
        channels.append(ImageChops.add(channel, noise, offset=-128))
    return Image.merge("RGB", channels).filter(ImageFilter.GaussianBlur(0.5))
