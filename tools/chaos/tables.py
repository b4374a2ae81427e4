"""The CSVs of a job: the one that is sent in, and the one that must come back."""

import csv
import io
from collections.abc import Mapping

from chaos.plan import HEADER, UNNAMED, JobPlan
from chaos.sources import ImagePlan


def sent(job: JobPlan, origin: str) -> bytes:
    """The job's CSV, its pictures at ``origin``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(_lines(job, origin))
    return text.getvalue().encode()


def expected(job: JobPlan, origin: str, outputs: Mapping[ImagePlan, str]) -> bytes:
    """The result of a run without faults, but for the images whose sources really failed.

    Args:
        outputs: the new URL of each image that must succeed.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*HEADER, "Output Image Urls", "Errors"])
    for row, cells in zip(job.rows, _lines(job, origin), strict=True):
        if row.name:
            new = ",".join(outputs.get(image, "") for image in row.images)
            errors = "\n".join(f"{i.code}: {i.url(origin)}" for i in row.images if i.code)
        else:
            new, errors = "", UNNAMED
        writer.writerow([*cells, new, errors])
    return text.getvalue().encode()


def _lines(job: JobPlan, origin: str) -> list[tuple[str, str, str]]:
    return [
        (str(number), row.name, ", ".join(image.url(origin) for image in row.images))
        for number, row in enumerate(job.rows, start=1)
    ]
