"""docs/workers.md against the settings that it states."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from infra.functions import ZONES
from infra.queues import VISIBILITY
from infra.settings import SIZES, STAGES

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
    consumer, hidden, *_ = ROWS[queue]
    assert int(hidden) == VISIBILITY * SIZES[consumer].timeout


@pytest.mark.parametrize("name", SIZES)
def test_every_function_has_its_chapter(name: str) -> None:
    assert re.search(rf"^## {name}$", PAGE, re.MULTILINE)
