"""Pictures as plain lists of numbers, and how alike two are: nothing here is Pillow's arithmetic.

Every reference is drawn from a formula, pixel by pixel, so what is expected never went through the
code that is tested, nor through the library that it uses.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

Pixel = tuple[float, float, float, float]
"""Red, green, blue (sRGB) and alpha, 0-255."""

WINDOW = 8
"""Pixels. SSIM is taken over squares of this size, side by side."""


@dataclass(frozen=True)
class Pixels:
    width: int
    height: int
    at: tuple[Pixel, ...]

    @classmethod
    def drawn(cls, width: int, height: int, pixel: Callable[[int, int], Pixel]) -> "Pixels":
        return cls(width, height, tuple(pixel(x, y) for y in range(height) for x in range(width)))

    @classmethod
    def of(cls, image: Image.Image) -> "Pixels":
        data = image.convert("RGBA").tobytes()
        at = tuple(tuple(data[n : n + 4]) for n in range(0, len(data), 4))
        return cls(*image.size, at)  # type: ignore[arg-type] # of four numbers each

    def mapped(self, change: Callable[[Pixel], Pixel]) -> "Pixels":
        return Pixels(self.width, self.height, tuple(change(pixel) for pixel in self.at))

    def over(self, *backdrop: float) -> "Pixels":
        """Seen in front of a colour."""

        def seen(pixel: Pixel) -> Pixel:
            share = pixel[3] / 255
            mixed = (p * share + b * (1 - share) for p, b in zip(pixel[:3], backdrop, strict=True))
            return (*mixed, 255)  # type: ignore[return-value] # three and one

        return self.mapped(seen)

    def halved(self) -> "Pixels":
        """Each four neighbours' mean, weighted by how much is seen of them."""

        def mean(x: int, y: int) -> Pixel:
            four = [self.at[(2 * y + j) * self.width + 2 * x + i] for i in (0, 1) for j in (0, 1)]
            alpha = sum(pixel[3] for pixel in four)
            colour = (sum(p[c] * p[3] for p in four) / alpha if alpha else 0.0 for c in range(3))
            return (*colour, alpha / 4)  # type: ignore[return-value] # three and one

        return Pixels.drawn(self.width // 2, self.height // 2, mean)

    def rgb(self) -> Image.Image:
        """For an encoder that has no transparency; ``rgba`` for others."""
        data = bytes(round(value) for pixel in self.at for value in pixel[:3])
        return Image.frombytes("RGB", (self.width, self.height), data)

    def rgba(self) -> Image.Image:
        data = bytes(round(value) for pixel in self.at for value in pixel)
        return Image.frombytes("RGBA", (self.width, self.height), data)

    def luma(self) -> list[float]:
        return [0.299 * red + 0.587 * green + 0.114 * blue for red, green, blue, _ in self.at]


def ssim(one: Pixels, other: Pixels) -> float:
    """Structural similarity of luma (Wang et al. 2004, equation 13), mean over all windows."""
    assert (one.width, one.height) == (other.width, other.height)
    first, second = one.luma(), other.luma()
    scores = []
    for top in range(0, one.height, WINDOW):
        for left in range(0, one.width, WINDOW):
            places = [
                y * one.width + x
                for y in range(top, min(top + WINDOW, one.height))
                for x in range(left, min(left + WINDOW, one.width))
            ]
            scores.append(_window([first[p] for p in places], [second[p] for p in places]))
    return math.fsum(scores) / len(scores)


def distance(one: Pixels, other: Pixels) -> float:
    """Mean absolute difference of the colours, 0-255: what SSIM makes little of."""
    pairs = zip(one.at, other.at, strict=True)
    return sum(abs(a - b) for p, q in pairs for a, b in zip(p[:3], q[:3], strict=True)) / (
        3 * len(one.at)
    )


def _window(one: list[float], other: list[float]) -> float:
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    n = len(one)
    mean_1, mean_2 = sum(one) / n, sum(other) / n
    variance_1 = sum(v * v for v in one) / n - mean_1**2
    variance_2 = sum(v * v for v in other) / n - mean_2**2
    covariance = sum(a * b for a, b in zip(one, other, strict=True)) / n - mean_1 * mean_2
    return ((2 * mean_1 * mean_2 + c1) * (2 * covariance + c2)) / (
        (mean_1**2 + mean_2**2 + c1) * (variance_1 + variance_2 + c2)
    )
