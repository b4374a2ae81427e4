"""The catalogues of the jobs, and what must come back of each."""

import csv
import io
from dataclasses import dataclass
from itertools import pairwise

from localcloud.upgrade.sources import GONE

Row = tuple[str, ...]

HEADER = ("Sku", "Name", "Image Urls", "Colour")
NO_NAME = "missing_name: Name"
ONE_IN = 50
"""Of so many images one is not there, and for so many there is a row without a name."""


@dataclass(frozen=True)
class Catalogue:
    """Rows of two images each, the second of which the next row shows, too.

    Args:
        name: tells its images from those of others.
        images: different ones, at least two.
        origin: where they are, ``http://127.0.0.1:1234``.
        is_usable: whether the rows have names. A job without a single good row is rejected, and
            waits for no image.
    """

    name: str
    images: int
    origin: str
    is_usable: bool = True

    @property
    def failures(self) -> dict[str, str]:
        """By URL, the code of the images that must fail."""
        return {url: "not_found" for url in self.urls if GONE in url} if self.is_usable else {}

    @property
    def urls(self) -> list[str]:
        """Of all images, in the order of their first appearance."""
        return [f"{self.origin}{self._path(number)}" for number in range(self.images)]

    def sent(self) -> bytes:
        return _written([HEADER, *self._rows()])

    def expected(self, outputs: dict[str, str]) -> bytes:
        """The result.

        Args:
            outputs: by URL, where the image is now, of all that succeeded.
        """
        failures = self.failures
        lines: list[Row] = [(*HEADER, "Output Image Urls", "Errors")]
        for row in self._rows():
            urls = row[2].split(", ")
            new = ",".join(outputs.get(url, "") for url in urls) if row[1] else ""
            errors = "\n".join(f"{failures[url]}: {url}" for url in urls if url in failures)
            lines.append((*row, new, errors if row[1] else NO_NAME))
        return _written(lines)

    def _rows(self) -> list[Row]:
        urls = self.urls
        pairs = enumerate(pairwise(urls))
        good: list[Row] = [
            (f"{self.name}-{n}", f"Product {n}" * self.is_usable, ", ".join(pair), "blue, or grey")
            for n, pair in pairs
        ]
        bad: list[Row] = [
            (f"{self.name}-{n}", "", urls[0], "") for n in range(self.images // ONE_IN)
        ]
        return good + bad

    def _path(self, number: int) -> str:
        kind = GONE if number % ONE_IN == ONE_IN - 1 else "picture"
        return f"/{self.name}/{kind}-{number}.jpg"


def _written(lines: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()
