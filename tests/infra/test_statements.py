"""No function waits for PostgreSQL so long that Lambda ends it meanwhile."""

import ast
import importlib

import pytest

from infra.functions import ZONES, Zone
from infra.settings import SIZES
from ingest.ingestion import MARGIN
from janitor.rounds import KEPT, MOST, RESERVE
from recorder.recording import LAST_HALVE
from tests.cloud import ROOT

BOUNDED = sorted({name for name, zone in ZONES.items() if zone is Zone.DATA} - {"migrator"})
"""All that use the database; building an index may take the migrator as long as it lives."""


def seconds(name: str) -> float:
    found: float = importlib.import_module(f"{name}.handler").STATEMENT_SECONDS
    return found


@pytest.mark.parametrize("name", BOUNDED)
def test_a_statement_is_given_up_while_its_function_can_still_do_something(name: str) -> None:
    assert seconds(name) * 1.25 < SIZES[name].timeout


@pytest.mark.parametrize("name", BOUNDED)
def test_every_connection_of_a_function_has_its_bound(name: str) -> None:
    given = [
        ast.unparse(keyword.value)
        for file in sorted((ROOT / "functions" / name).glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Database"
        for keyword in node.keywords
        if keyword.arg == "statement_timeout"
    ]
    assert given == ["STATEMENT_SECONDS"]


def test_ingest_can_still_hand_the_rest_on_after_its_last_statement() -> None:
    assert seconds("ingest") < MARGIN


def test_the_recorder_can_halve_a_batch_that_took_too_long() -> None:
    """And after the last try it can still tell the other functions."""
    assert seconds("recorder") < LAST_HALVE
    assert LAST_HALVE + seconds("recorder") < SIZES["recorder"].timeout


def test_the_janitor_can_do_every_duty_in_one_round() -> None:
    assert seconds("janitor") < RESERVE
    duties = 10
    assert SIZES["janitor"].timeout - RESERVE >= MOST + (duties - 1) * KEPT
