"""docs/workers.md against the settings that it states."""

import importlib
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from database.connection import DatabaseSettings
from infra.functions import ZONES
from infra.queues import hidden
from infra.settings import SIZES, STAGES
from janitor import handler
from janitor.settings import JanitorSettings

PAGE = (Path(__file__).parents[3] / "docs" / "workers.md").read_text("utf-8")
ROWS = {
    cells[0]: cells[1:]
    for line in PAGE.splitlines()
    if line.startswith("| ")
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}
BATCHES = {
    "processor": (STAGES["prod"].images_batch, STAGES["prod"].images_window),
    "recorder": (STAGES["prod"].outcomes_batch, STAGES["prod"].outcomes_window),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_functions_row_says_what_is_set(name: str) -> None:
    zone, _, memory, timeout, batch, window, dev, prod = ROWS[name]
    assert zone == ZONES[name].value
    assert (int(memory), int(timeout)) == (SIZES[name].memory, SIZES[name].timeout)
    if name in BATCHES:
        assert (int(batch), int(window)) == BATCHES[name]
    for stage, cell in (("dev", dev), ("prod", prod)):
        at_once = asdict(STAGES[stage].concurrency).get(name)
        assert cell == ("" if at_once is None else str(at_once))


@pytest.mark.parametrize("queue", ["uploads", "images", "outcomes", "finished", "deliveries"])
def test_a_queues_row_says_how_long_its_consumer_may_take(queue: str) -> None:
    consumer, seconds, *_ = ROWS[queue]
    _, window = BATCHES.get(consumer, (0, 0))
    assert int(seconds) == hidden(consumer, window)


@pytest.mark.parametrize("name", SIZES)
def test_every_function_has_its_chapter_with_its_settings(name: str) -> None:
    [chapter] = re.findall(rf"^## {name}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    module = importlib.import_module(f"{name}.settings") if name != "migrator" else None
    for settings in vars(module).values() if module else ():
        if getattr(settings, "__module__", "") == f"{name}.settings":
            own = settings.model_fields.keys() - DatabaseSettings.model_fields.keys()
            assert own
            assert {field.upper() for field in own} <= {*re.findall(r"`([A-Z_]+)`", chapter)}


def test_the_janitors_duties_are_told_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in JanitorSettings.model_fields:
        monkeypatch.setenv(field.upper(), "90")
    monkeypatch.delenv("DATABASE_SECRET_ARN")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for cached in (handler.settings, handler.database, handler.janitor):
        cached.cache_clear()
    duties = handler.janitor().duties
    for cached in (handler.settings, handler.database, handler.janitor):
        cached.cache_clear()
    [chapter] = re.findall(r"^## janitor$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert re.findall(r"^\| `(\w+)` \|", chapter, re.MULTILINE) == list(duties)
