import pytest

from imaging.stores.cloudinary.answers import RateLimit
from pipeline.figures import Figures
from processor.uploads import Uploads


def figures(uploads: Uploads) -> dict[str, float]:
    told = Figures()
    uploads.tell(told)
    return {
        " ".join([name, *(said for _, said in dimensions)]): value
        for dimensions, noted in told._values.items()
        for name, value in noted
    }


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, "succeeded"),
        (302, "refused"),
        (400, "refused"),
        (401, "refused"),
        (420, "limited"),
        (429, "limited"),
        (500, "away"),
        (0, "away"),
    ],
)
def test_an_answer_counts_as_what_came_of_it(status: int, result: str) -> None:
    uploads = Uploads()
    for _ in range(2):
        uploads.observe(status, None)
    assert figures(uploads) == {f"CloudinaryUploads {result}": 2}


def test_the_lowest_rate_limit_is_told_and_each_only_once() -> None:
    uploads = Uploads()
    for remaining in (7, 5, 6):
        uploads.observe(200, RateLimit(500, remaining, None))
    assert figures(uploads) == {
        "CloudinaryUploads succeeded": 3,
        "CloudinaryRateLimit": 500,
        "CloudinaryRemaining": 5,
    }
    assert figures(uploads) == {}
