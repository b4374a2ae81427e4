"""Shows jobs: given rows of the table, what the last release's API and webhooks say of each."""

import json
import sys

from pipeline import job


def main() -> None:
    assert job.__file__.startswith(sys.argv[1]), job.__file__
    json.dump([shown(row) for row in json.load(sys.stdin)], sys.stdout)


def shown(row: dict[str, object]) -> object:
    view = job.JobView.of(job.Job.model_validate(row), api_url="https://api.example")
    return view.model_dump(mode="json")


main()
