"""Reads requests for jobs: of each, what the last release stores of it.

Given ``[body, …]``, answers ``[{"options": …, "digested": text}, …]``.
"""

import json
import sys

from api import models_requests


def main() -> None:
    assert models_requests.__file__.startswith(sys.argv[1]), models_requests.__file__
    json.dump([stored(body) for body in json.load(sys.stdin)], sys.stdout)


def stored(body: object) -> dict[str, object]:
    request = models_requests.CreateJob.model_validate_json(json.dumps(body), strict=True)
    return {
        "options": request.options.model_dump(mode="json"),
        "digested": request.model_dump_json(),
    }


main()
