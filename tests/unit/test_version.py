"""One version: whatever shows it shows the same, and nothing else writes it down."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from outbound.politeness import user_agent
from pipeline.version import VERSION

ROOT = Path(__file__).parents[2]
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What a product's version in a User-Agent may be (RFC 9110, sections 5.6.2 and 10.1.5)."""


def test_the_installed_package_has_it() -> None:
    """Metadata normalises it (PEP 440), so this also says that it is written as it should be."""
    assert version("darkroom") == VERSION, "`make setup` installs the package anew"


def test_the_command_line_shows_it() -> None:
    command = [sys.executable, "-m", "darkroom", "--version"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told == f"darkroom {VERSION}\n"


def test_the_user_agent_has_it_as_a_token() -> None:
    assert user_agent("") == f"Darkroom/{VERSION}"
    assert TOKEN.fullmatch(VERSION)


def test_the_postman_collection_has_it() -> None:
    """And so has the OpenAPI document, of which it is made (tests/handlers/test_api.py)."""
    collection = json.loads((ROOT / "docs" / "postman_collection.json").read_text("utf-8"))
    assert collection["info"]["version"] == VERSION, "`make postman` makes it anew"


@pytest.mark.parametrize("folder", ["functions", "layers", "infra", "tools"])
def test_no_other_place_in_the_code_writes_it_down(folder: str) -> None:
    written = [
        file.relative_to(ROOT).as_posix()
        for file in sorted((ROOT / folder).rglob("*.py"))
        if f'"{VERSION}"' in file.read_text("utf-8")
    ]
    assert written == (["layers/pipeline/python/pipeline/version.py"] if folder == "layers" else [])


def test_the_changelog_has_this_release_and_the_last_one() -> None:
    """While it is being made, what it changes stands under "Unreleased"."""
    titles = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    last = project["tool"]["darkroom"]["last-release"]["version"]
    newest = "Unreleased" if "dev" in VERSION else f"{VERSION} - "
    assert titles[0].startswith(newest)
    assert titles[1].startswith(f"{last} - ")
    assert _numbers(last) < _numbers(VERSION)


def _numbers(release: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", release.partition(".dev")[0])]
