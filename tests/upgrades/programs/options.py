"""Reads stored options: of each, what the last release obeys.

Given ``[options, …]``, answers ``[{"reason": …} | every option, …]``.
"""

import json
import sys

from pydantic import ValidationError

from pipeline import options


def main() -> None:
    assert options.__file__.startswith(sys.argv[1]), options.__file__
    json.dump([obeyed(each) for each in json.load(sys.stdin)], sys.stdout)


def obeyed(stored: dict[str, object]) -> dict[str, object]:
    try:
        return options.ImageOptions.model_validate(stored).model_dump(mode="json")
    except ValidationError as error:
        return {"reason": str(error)}


main()
