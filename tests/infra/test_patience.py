"""No function waits for AWS so long that Lambda ends it meanwhile."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.handler import STATEMENT_SECONDS
from infra.settings import SIZES
from pipeline import patience
from pipeline.patience import STORE, Patience
from processor.image import REPORTING, RESERVE
from tests.cloud import ROOT


def _clients() -> Iterator[tuple[Path, int, ast.Call]]:
    for file in sorted((ROOT / "functions").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "boto3.client":
                yield file.relative_to(ROOT), node.lineno, node


@pytest.mark.parametrize(
    ("file", "call"), [pytest.param(file, call, id=f"{file}:{n}") for file, n, call in _clients()]
)
def test_each_call_of_a_client_ends_before_its_function_does(file: Path, call: ast.Call) -> None:
    [config] = [ast.unparse(each.value) for each in call.keywords if each.arg == "config"]
    module, name, *_ = config.split(".")
    assert module == "patience"
    waits: Patience = getattr(patience, name)
    assert waits.longest * 1.25 < SIZES[file.parts[1]].timeout


def test_a_statement_is_given_up_while_the_api_can_still_say_so() -> None:
    assert SIZES["api"].timeout > STATEMENT_SECONDS * 1.25


def test_a_bucket_that_hangs_leaves_time_to_say_so() -> None:
    assert STORE.longest + REPORTING < RESERVE
