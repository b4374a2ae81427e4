"""docs/security.md names what stops each threat, and the test that holds it: all are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NAMED = re.findall(r"`([\w./-]+)`", (ROOT / "docs" / "security.md").read_text("utf-8"))
TESTS = {
    name
    for file in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), flags=re.MULTILINE)
}


@pytest.mark.parametrize("path", sorted({each for each in NAMED if each.strip("/").count("/")}))
def test_every_file_that_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    "name", sorted({each for each in NAMED if re.fullmatch(r"test_\w+", each)})
)
def test_every_test_that_it_names_is_there(name: str) -> None:
    assert name in TESTS
