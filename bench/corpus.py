"""The photographs that everything is measured on: generated, or any folder of one's own."""

import io
import math
import os
import random
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bench.places import CORPUS

SIZES = (
    (800, 640),
    (1000, 1000),
    (1200, 1600),
    (1500, 1000),
    (1280, 960),
    (2048, 1536),
    (1200, 1200),
    (1600, 1200),
)
"""Pixels, 0.5 to 3 megapixels: what shops show."""

QUALITIES = (80, 85, 90, 92, 95)
COUNT = 24
VERSION = 1
"""Of the generator. Another version makes other photographs, so figures cannot be compared."""

MOST_FILES, MOST_BYTES = 60, 30_000_000
"""Of a folder of one's own."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".tif", ".tiff", ".bmp"})


def photographs() -> list[Path]:
    """Images of the folder ``BENCH_CORPUS``, or else the generated ones, which are made once.

    Raises:
        SystemExit: the folder has no images in it.
    """
    folder = os.environ.get("BENCH_CORPUS")
    if not folder:
        return generated(CORPUS / f"{VERSION}")
    found = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in SUFFIXES)
    if not found:
        raise SystemExit(f"BENCH_CORPUS={folder} has no images in it.")
    return sample(found, sum(path.stat().st_size for path in found))


def sample(files: list[Path], size: int) -> list[Path]:
    """Every n-th of the files, so many that they can be measured in minutes."""
    return files[:: max(math.ceil(len(files) / MOST_FILES), math.ceil(size / MOST_BYTES))]


def generated(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:02}.jpg" for number in range(COUNT)]
    for number, path in enumerate(paths):
        if not path.exists():
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(jpeg(number))
            unfinished.replace(path)
    return paths


def jpeg(number: int) -> bytes:
    """Photograph ``number`` as a camera or an editor saves it: every third keeps full colour."""
    out = io.BytesIO()
    photograph(*SIZES[number % len(SIZES)], seed=number).save(
        out,
        "JPEG",
        quality=QUALITIES[number % len(QUALITIES)],
        subsampling="4:4:4" if number % 3 == 2 else "4:2:0",
    )
    return out.getvalue()


def photograph(width: int, height: int, *, seed: int) -> Image.Image:
    """A picture with the statistics of a photograph: the spectrum of natural images (Field 1987),
    light from one side, objects with sharp edges and texture of their own before a background out
    of focus, and a sensor's noise. Always the same per seed.
    """
    dice = random.Random(seed)
    scene = _surface(dice, (width, height), finest=width // 4)
    for _ in range(dice.randrange(8, 16)):
        radius = min(width, height) * dice.uniform(0.08, 0.4)
        mask = _outline(dice, round(radius))
        surface = _surface(dice, mask.size, finest=dice.choice((width // 2, width, width)))
        corner = (
            dice.randrange(-mask.width // 2, width),
            dice.randrange(-mask.height // 2, height),
        )
        scene.paste(surface, corner, mask)
    return _noisy(dice, _lit(dice, scene))


def _surface(dice: random.Random, size: tuple[int, int], *, finest: int) -> Image.Image:
    """One colour with texture: octaves of noise, each twice as fine as the one before and nearly
    as strong, which makes amplitude fall as 1/f.

    Args:
        finest: grains along the longer side at which detail ends.
    """
    total = Image.new("RGB", size, "grey")
    weights = 0.0
    cells, weight = 3, 1.0
    while cells <= min(finest, max(size)):
        small = (cells * size[0] // max(size) + 2, cells * size[1] // max(size) + 2)
        grey = Image.frombytes("L", small, dice.randbytes(small[0] * small[1]))
        tint = Image.frombytes("RGB", small, dice.randbytes(small[0] * small[1] * 3))
        layer = Image.blend(grey.convert("RGB"), tint, 0.2).resize(size, Image.Resampling.BICUBIC)
        weights += weight
        total = Image.blend(total, layer, weight / weights)
        cells, weight = cells * 2, weight * 0.85
    contrast = dice.uniform(0.6, 2.6)
    return total.point(
        [
            min(255, max(0, round(mean + (level - 128) * contrast)))
            for mean in (dice.randrange(30, 226) for _ in range(3))
            for level in range(256)
        ]
    )


def _outline(dice: random.Random, radius: int) -> Image.Image:
    """A mask: one object, round or cornered, its edge as soft as a lens draws it."""
    side = 2 * radius + 8
    mask = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    if dice.random() < 0.4:
        draw.ellipse((4, 4 + radius * 0.2, side - 4, side - 4 - radius * 0.2), fill=255)
    else:
        corners = dice.randrange(3, 9)
        turn = dice.uniform(0, math.tau)
        reach = [radius * dice.uniform(0.6, 1) for _ in range(corners)]
        draw.polygon(
            [
                (
                    side / 2 + far * math.cos(turn + math.tau * n / corners),
                    side / 2 + far * math.sin(turn + math.tau * n / corners),
                )
                for n, far in enumerate(reach)
            ],
            fill=255,
        )
    return mask.filter(ImageFilter.GaussianBlur(dice.uniform(0.5, 1.2)))


def _lit(dice: random.Random, scene: Image.Image) -> Image.Image:
    """Brighter towards one side, darker away from it."""
    light = Image.linear_gradient("L").rotate(dice.uniform(0, 360), Image.Resampling.BICUBIC)
    light = light.crop((40, 40, 216, 216)).point([level // 2 + 128 for level in range(256)])
    light = light.resize(scene.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(scene, light.convert("RGB"))


def _noisy(dice: random.Random, scene: Image.Image) -> Image.Image:
    """Adds a few levels of noise to each channel, its grain as wide as demosaicing leaves it."""
    count = scene.width * scene.height * 3
    grain = Image.frombytes("RGB", scene.size, dice.randbytes(count))
    strength = dice.uniform(0.02, 0.06)
    grain = grain.filter(ImageFilter.BoxBlur(0.5)).point(
        [round(128 + (level - 127.5) * strength) for level in range(256)] * 3
    )
    return ImageChops.add(scene, grain, offset=-128)
