"""docs/images.md against the code that it describes."""

import re
from pathlib import Path

from outbound import client, politeness, sockets
from pipeline.errors import ImageErrorCode

PAGE = (Path(__file__).parents[3] / "docs" / "images.md").read_text()


def test_every_failure_code_has_its_line_and_no_other_has() -> None:
    section = PAGE.partition("## Failures")[2]
    lines = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert lines == [str(code) for code in ImageErrorCode]


def test_the_limits_of_fetching_are_those_of_the_code() -> None:
    section = PAGE.partition("## Fetching")[2].partition("**Fourteen at once")[0]
    values = re.findall(r"^\| (?!limit|---)[^|]+\| (\d+)", section, re.MULTILINE)
    assert [int(value) for value in values] == [
        client.FETCH_SECONDS,
        sockets.CONNECT_SECONDS,
        client.REDIRECTS,
        client.LARGEST_FILE / 1_000_000,
        politeness.PER_HOST,
    ]
