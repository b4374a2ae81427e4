"""docs/technical-design.md against the code that it describes."""

import re
from pathlib import Path

from pipeline import keys, messages, states
from pipeline.states import JobStatus

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "technical-design.md").read_text("utf-8")


def test_the_diagram_has_every_move_a_job_may_make_and_no_other() -> None:
    moves = re.findall(r"^    (\w+) --> (\w+)$", PAGE, re.MULTILINE)
    assert {(JobStatus(one), JobStatus(other)) for one, other in moves} == {
        (source, target) for source, targets in states.MOVES.items() for target in targets
    }


def test_every_table_of_the_schema_is_listed() -> None:
    versions = ROOT / "layers" / "database" / "python" / "database" / "migrations" / "versions"
    schema = "".join(file.read_text("utf-8") for file in sorted(versions.glob("*.sql")))
    tables = set(re.findall(r"^CREATE TABLE (\w+)", schema, re.MULTILINE))
    section = PAGE.partition("## Tables")[2].partition("## Messages")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == tables


def test_every_message_that_it_lists_exists() -> None:
    section = PAGE.partition("## Messages")[2].partition("## Objects")[0]
    listed = re.findall(r"^\| `(\w+)`", section, re.MULTILINE)
    assert len(listed) == 6
    for name in listed:
        assert issubclass(getattr(messages, name), messages.Message)


def test_keys_begin_as_it_says() -> None:
    for prefix in (keys.UPLOADS, keys.RESULTS, keys.IMAGES, keys.CANCELLED):
        assert f"`{prefix}{{job_id}}" in PAGE
