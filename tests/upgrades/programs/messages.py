"""Reads messages: of each, what the last release makes of it.

Given ``[[class, body], …]``, answers ``[{"reason": …} | {"read": every field, "sent": body}, …]``.
"""

import json
import sys

from pydantic import ValidationError

from pipeline import messages


def main() -> None:
    assert messages.__file__.startswith(sys.argv[1]), messages.__file__
    json.dump([read(*each) for each in json.load(sys.stdin)], sys.stdout)


def read(name: str, body: str) -> dict[str, object]:
    try:
        message = getattr(messages, name).model_validate_json(body)
    except ValidationError as error:
        return {"reason": str(error)}
    # As its queue client sent them.
    return {
        "read": message.model_dump(mode="json"),
        "sent": message.model_dump_json(exclude_none=True),
    }


main()
