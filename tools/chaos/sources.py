"""How the sources of the pictures behave."""

import random
from dataclasses import dataclass
from enum import StrEnum

MANY = 400
"""Images from which on a campaign has the faults that take minutes to come to their end."""


class Answer(StrEnum):
    """What a source answers to one request."""

    GOOD = "picture"
    ERROR = "500"
    BUSY = "503"
    LIMITED = "429 with Retry-After"
    HALF = "half a file"
    CUT = "headers cut off"
    CLOSED = "connection closed"
    HANG = "no answer in time"
    LETHAL = "kills the function that asks"
    MISSING = "404"
    FORBIDDEN = "403"
    TEXT = "text in place of a picture"
    TORN = "picture torn off"


PASSING = (
    Answer.ERROR,
    Answer.BUSY,
    Answer.LIMITED,
    Answer.HALF,
    Answer.CUT,
    Answer.CLOSED,
)
"""Each of them passes: the source is itself again after one or two."""

FINAL = {
    Answer.MISSING: "not_found",
    Answer.FORBIDDEN: "forbidden",
    Answer.TEXT: "not_an_image",
    Answer.TORN: "corrupt_image",
}
"""What a source answers each time, and the code that its image must fail with."""

STUBBORN = {Answer.ERROR: "unreachable", Answer.LIMITED: "rate_limited"}
"""Likewise, but only once all tries are used up: two minutes."""

SHARES = {
    "good": 0.78,
    "passing": 0.145,
    "final": 0.06,
    "invalid": 0.01,
    "stubborn": 0.003,
    "hanging": 0.002,
}
"""Of the images of each kind; besides there are a few that are lethal."""

LENGTHY = {"stubborn", "hanging"}


@dataclass(frozen=True)
class ImagePlan:
    """One distinct URL of a job.

    Attributes:
        name: the path of its URL, or all of a URL that cannot be fetched.
        answers: what its source answers to one request after the other; the last one for ever.
        picture: number of the picture that a good answer has.
        code: what it must fail with; ``None`` if it must succeed.
    """

    name: str
    answers: tuple[Answer, ...] = ()
    picture: int = 0
    code: str | None = None

    def url(self, origin: str) -> str:
        return f"{origin}{self.name}" if self.name.startswith("/") else self.name


def draw_image(
    chance: random.Random, name: str, *, picture: int, many: bool, lethal: bool, first: bool
) -> ImagePlan:
    """What one image comes to.

    Args:
        many: whether the campaign has time for what takes minutes.
        first: of its job, whose first row needs a URL that can be fetched.
    """
    kind = "lethal" if lethal else chance.choices(list(SHARES), list(SHARES.values()))[0]
    if (kind == "invalid" and first) or (kind in LENGTHY and not many):
        kind = "good"
    answers: tuple[Answer, ...] = (Answer.GOOD,)
    code = None
    match kind:
        case "final":
            answers = (chance.choice(list(FINAL)),)
            code = FINAL[answers[0]]
        case "stubborn":
            answers = (chance.choice(list(STUBBORN)),)
            code = STUBBORN[answers[0]]
        case "invalid":
            name, answers, code = f"ftp://old.example{name}", (), "invalid_url"
        case "lethal":
            answers, code = (Answer.LETHAL,), "internal_error"
        case "passing":
            passing = (chance.choice(PASSING) for _ in range(chance.choice((1, 1, 2))))
            answers = (*passing, Answer.GOOD)
        case "hanging":
            answers = (Answer.HANG, Answer.GOOD)
    return ImagePlan(name, answers, picture, code)
