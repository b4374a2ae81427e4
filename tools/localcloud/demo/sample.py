"""The sample CSV, and what must come of it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

HEADER = ("S. No.", "Product Name", "Input Image Urls")
OUTCOMES = ("Output Image Urls", "Errors")
METADATA_SERVICE = "http://169.254.169.254/latest/meta-data/logo.jpg"
"""Where cloud machines keep their credentials: a favourite of those who send URLs to servers."""


@dataclass(frozen=True)
class Row:
    """One line of the CSV.

    ``images`` are file names of the origin, or whole URLs; ``error`` is the code that the row is
    rejected with; ``cells`` stand in for the usual ones where a row is malformed.
    """

    name: str
    images: tuple[str, ...] = ()
    error: str | None = None
    cells: tuple[str, ...] | None = None


GOOD = (
    Row("Bottle, amber", ("bottle-amber.jpg", "bottle-studio.png")),
    Row("Bottle, moss", ("bottle-moss.jpg",)),
    Row("Bottle, sky", ("bottle-sky.jpg",)),
    Row("Bottle, brick", ("bottle-brick.jpg",)),
    Row("Set of four bottles",
        ("bottle-amber.jpg", "bottle-moss.jpg", "bottle-sky.jpg", "bottle-brick.jpg")),
    Row('Mug "Harbour", amber', ("mug-amber.jpg", "mug-cut-out.png")),
    Row("Mug “Harbour”, moss", ("mug-moss.jpg",)),
    Row("Mug “Harbour”, sky", ("mug-sky.jpg", "busy.jpg")),
    Row("Mug “Harbour”, brick", ("mug-brick.jpg",)),
    Row("Pair of mugs", ("mug-moss.jpg", "mug-sky.jpg")),
    Row("Trainer, amber", ("shoe-amber.jpg", "shoe-from-a-phone.jpg")),
    Row("Trainer, moss", ("shoe-moss.jpg",)),
    Row("Trainer, sky", ("shoe-sky.jpg", "slow.jpg")),
    Row("Trainer, brick", ("shoe-brick.jpg",)),
    Row("Storage box, amber", ("carton-amber.jpg",)),
    Row("Storage box, moss", ("carton-moss.jpg", "carton-sky.jpg")),
    Row("Storage box, sky", ("carton-sky.jpg",)),
    Row("Storage box, brick", ("carton-brick.jpg", "moved.jpg")),
    Row("Présentoir à chaussures", ("carton-moss.jpg", "shoe-moss.jpg", "shoe-sky.jpg")),
    Row("靴と瓶のセット", ("shoe-brick.jpg", "bottle-brick.jpg")),
)  # fmt: skip
"""Every image of these can be had."""

HALF_GOOD = (
    Row("Bottle, discontinued colour", ("bottle-moss.jpg", "gone.jpg")),
    Row("Mug, members only", ("secret.jpg", "mug-brick.jpg")),
    Row("Trainer, with a size chart", ("shoe-amber.jpg", "size-chart.jpg")),
    Row("Storage box, upload broke off", ("torn.jpg", "carton-amber.jpg")),
    Row("Bottle, from an old catalogue", ("ftp://old.example/bottle.jpg", "bottle-sky.jpg")),
    Row("Mug, from a dishonest supplier", (METADATA_SERVICE,)),
    Row("Trainer, dead link", ("missing.jpg",)),
)
"""Accepted, with some images that cannot be had."""

BAD = (
    Row("", ("bottle-amber.jpg",), error="missing_name"),
    Row("Bottle, picture to follow", (), error="missing_urls"),
    Row("Mug, picture to follow", ("n/a",), error="invalid_url"),
    Row("Short row", error="ragged_row", cells=("Short row",)),
    Row("Unquoted", error="ragged_row", cells=("Unquoted", "surplus", "surplus", "surplus")),
)

ROWS = GOOD[:9] + HALF_GOOD[:3] + BAD[:2] + GOOD[9:] + BAD[2:] + HALF_GOOD[3:]

FAILURES = {
    "gone.jpg": "not_found",
    "missing.jpg": "not_found",
    "secret.jpg": "forbidden",
    "size-chart.jpg": "not_an_image",
    "torn.jpg": "corrupt_image",
    "ftp://old.example/bottle.jpg": "invalid_url",
    METADATA_SERVICE: "blocked_address",
}
"""The code that each image fails with; all others succeed."""


class Sample:
    """The sample as it is once the pictures' address is known.

    Args:
        origin: base address of the server that has the pictures.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self.failures = {self.url(image): code for image, code in FAILURES.items()}
        accepted = [row for row in ROWS if row.error is None]
        self.images = {self.url(image) for row in accepted for image in row.images}
        """The distinct URLs of the accepted rows: each is fetched once."""

    def url(self, image: str) -> str:
        whole = "://" in image or "." not in image
        return image if whole else f"{self._origin}/{image}"

    def lines(self) -> Iterator[tuple[str, ...]]:
        """The cells of each line after the header."""
        for number, row in enumerate(ROWS, start=1):
            usual = (row.name, ", ".join(self.url(image) for image in row.images))
            yield (str(number), *(usual if row.cells is None else row.cells))

    def csv(self) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(HEADER)
        writer.writerows(self.lines())
        return text.getvalue().encode()

    def rejected(self) -> int:
        return sum(row.error is not None for row in ROWS)
