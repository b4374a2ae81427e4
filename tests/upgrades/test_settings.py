"""A function's code and its environment are updated one after the other: each must do with the
other release's for some seconds."""

import importlib
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from pipeline.settings import Settings
from tests.upgrades.last_release import LastRelease

FUNCTIONS = (
    *("api", "ingest", "processor", "recorder"),
    *("finisher", "notifier", "janitor", "migrator"),
)


def fields(function: str) -> dict[str, FieldInfo]:
    """What the function reads from its environment, where ``infra`` sets all of it
    (tests/infra/test_environment.py)."""
    module: Any = importlib.import_module(f"{function}.settings")
    [own] = [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, Settings)
        and each.__module__ == module.__name__
    ]
    return dict(own.model_fields)


@pytest.fixture(scope="module")
def before(last_release: LastRelease) -> dict[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = last_release.run("settings", FUNCTIONS)
    return found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_code_of_this_release_does_with_the_last_ones_environment(
    before: dict[str, dict[str, bool]], function: str
) -> None:
    required = {name for name, field in fields(function).items() if field.is_required()}
    assert required <= before[function].keys(), "a new setting needs a default"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_code_of_the_last_release_does_with_this_ones_environment(
    before: dict[str, dict[str, bool]], function: str
) -> None:
    required = {name for name, is_required in before[function].items() if is_required}
    assert required <= fields(function).keys(), "a setting goes once the last release has none"
