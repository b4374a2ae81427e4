import json
from pathlib import Path

import pytest

from darkroom.errors import UsageError
from darkroom.target import Target, find

URL, KEY = "DARKROOM_API_URL", "DARKROOM_API_KEY"
LOCAL = {"api_url": "http://127.0.0.1:4566/api", "api_key": "dk_local", "console_url": "…"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder deep in a checkout whose local cloud is up."""
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(LOCAL))
    folder = tmp_path / "exports" / "today"
    folder.mkdir(parents=True)
    return folder


def test_the_environment_comes_first(checkout: Path) -> None:
    environment = {URL: "https://images.example/", KEY: " dk_1\n"}
    assert find(environment, checkout) == Target("https://images.example", "dk_1")


def test_the_local_cloud_is_found_from_any_folder_below_it(checkout: Path) -> None:
    assert find({URL: "", KEY: ""}, checkout) == Target(LOCAL["api_url"], LOCAL["api_key"])


def test_a_key_of_ones_own_works_with_the_local_cloud(checkout: Path) -> None:
    assert find({KEY: "dk_2"}, checkout) == Target(LOCAL["api_url"], "dk_2")


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({URL: "https://images.example"}, "DARKROOM_API_KEY is not"),
        ({URL: "images.example", KEY: "dk_1"}, "http:// or https://"),
        ({URL: "https://images.example", KEY: "dk_\u00fc"}, "characters that no key has"),
    ],
    ids=["no key", "no scheme", "key that is not ASCII"],
)
def test_half_a_target_is_refused_and_the_local_key_goes_nowhere_else(
    environment: dict[str, str], told: str, checkout: Path
) -> None:
    with pytest.raises(UsageError, match=told):
        find(environment, checkout)


def test_without_any_target_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"set DARKROOM_API_URL and DARKROOM_API_KEY, or .*make up"
    ):
        find({}, tmp_path)


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"api_url": "http://127.0.0.1"}', "\x00"],
    ids=["empty", "list", "half of it", "zero byte"],
)
def test_a_file_that_is_no_stack_is_named(content: str, checkout: Path) -> None:
    (checkout.parents[1] / ".local" / "stack.json").write_text(content)
    with pytest.raises(UsageError, match=r"stack\.json cannot be read"):
        find({}, checkout)
