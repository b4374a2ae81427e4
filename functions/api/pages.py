"""Pages that fit into an answer."""

import json
from typing import TypeVar

from pydantic import BaseModel

from api.limits import LARGEST_ANSWER

Item = TypeVar("Item", bound=BaseModel)


def fitting(items: list[Item]) -> list[Item]:
    """As many of the first as fit into an answer, but one at least."""
    room = LARGEST_ANSWER
    for n, item in enumerate(items):
        # As the answer has it and Lambda takes it: JSON in JSON, all but ASCII in escapes.
        room -= len(json.dumps(json.dumps(item.model_dump(mode="json"))))
        if room < 0 and n:
            return items[:n]
    return items
