"""What a campaign does, drawn from its seed before anything runs, so that it can be done again."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from chaos.hooks import HookPlan, draw_hook
from chaos.sources import MANY, Answer, ImagePlan, draw_image

HEADER = ("S. No.", "Product Name", "Input Image Urls")
UNNAMED = "missing_name: Product Name"
"""What the result says of a row without a name."""


@dataclass(frozen=True)
class RowPlan:
    """A row of a CSV. One without a name is rejected, and its images are none of the job's."""

    name: str
    images: tuple[ImagePlan, ...]


@dataclass(frozen=True)
class JobPlan:
    """One job.

    Attributes:
        images: distinct, in the order of their first appearance: their index is their position.
        notices: how often S3's notification of the upload comes again.
        store: where its images go.
    """

    number: int
    rows: tuple[RowPlan, ...]
    images: tuple[ImagePlan, ...]
    hook: HookPlan | None
    notices: int

    @property
    def store(self) -> str:
        return "s3" if self.number % 3 else "cloudinary"


@dataclass(frozen=True)
class Plan:
    """A campaign's jobs."""

    seed: int
    jobs: tuple[JobPlan, ...]

    @property
    def images(self) -> int:
        return sum(len(job.images) for job in self.jobs)


def draw(seed: int, images: int, pictures: int) -> Plan:
    """The same plan for the same seed.

    Args:
        images: distinct URLs in all jobs together.
        pictures: how many different ones the sources have.
    """
    chance = random.Random(f"plan {seed}")
    # Early ones: the last of an image that kills its function comes after ten tries.
    lethal = {chance.randrange(images // 10) for _ in range(min(5, images // MANY))}
    jobs: list[JobPlan] = []
    drawn = 0
    for size in _sizes(chance, images):
        number = len(jobs)
        planned = [
            draw_image(
                chance,
                f"/{number}/{n}.jpg",
                picture=chance.randrange(pictures),
                many=images >= MANY,
                lethal=drawn + n in lethal,
                first=n == 0,
            )
            for n in range(size)
        ]
        drawn += size
        rows = tuple(_rows(chance, number, planned))
        named = [image for row in rows if row.name for image in row.images]
        jobs.append(
            JobPlan(
                number=number,
                rows=rows,
                images=tuple(dict.fromkeys(named)),
                hook=draw_hook(chance, number, many=images >= MANY),
                notices=chance.choice((0, 1, 1, 2)),
            )
        )
    return Plan(seed, tuple(jobs))


def _sizes(chance: random.Random, images: int) -> Iterator[int]:
    """Many small jobs and a few large ones, none with more than a quarter of all images."""
    largest = max(1, images // 4)
    while images:
        size = min(images, round(math.exp(chance.uniform(0, math.log(largest)))))
        yield size
        images -= size


def _rows(chance: random.Random, job: int, images: list[ImagePlan]) -> Iterator[RowPlan]:
    """Rows of one to three images; now and then one that stood before, or a row without a name."""
    left = list(images)
    number = 0
    while left:
        number += 1
        cell = [left.pop(0) for _ in range(min(len(left), chance.randint(1, 3)))]
        if not any(image.answers for image in cell):
            cell.append(images[0])  # a row needs one URL that can be fetched
        if chance.random() < 0.08:
            before = images[: len(images) - len(left)]
            cell.append(chance.choice(before))
        yield RowPlan(f"Product {job}-{number}", tuple(dict.fromkeys(cell)))
        if chance.random() < 0.04:
            yield RowPlan("", (ImagePlan(f"/{job}/unwanted.jpg", (Answer.MISSING,)),))
