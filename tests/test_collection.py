"""The same tests are found in each run: workers that run them at once compare what they found."""

import os
import subprocess
import sys
from functools import cache

import pytest

from tests.cloud import ROOT
from tests.ids import UnwrittenIdError, demand_written, is_fit

RUNS = (
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LANG": "C.UTF-8"},
    {"PYTHONHASHSEED": "2", "TZ": "Pacific/Pago_Pago", "LANG": "C"},
)
"""What differs between two runs: the order of sets, the date, the language, and the time as well,
since the second begins some seconds after the first."""

pytestmark = pytest.mark.xdist_group("collection")  # one worker, which collects twice and not more


@cache
def collected(run: int) -> tuple[str, ...]:
    """Names of all tests that another process finds, in its order."""
    foreign = ("PYTEST_", "PYTHON", "LC_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"),
            str(ROOT / "tests"),
        ],
        cwd=ROOT,
        env={**kept, **RUNS[run]},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-5_000:]
    return tuple(line for line in done.stdout.splitlines() if "::" in line)


def test_two_runs_find_the_same_tests_in_the_same_order() -> None:
    first, second = collected(0), collected(1)
    assert sorted(set(first) ^ set(second)) == []
    assert first == second


def test_each_case_has_an_id_that_can_be_read() -> None:
    ids = {name: name.partition("[")[2].removesuffix("]") for name in collected(0)}
    assert len(ids) > 5_000
    assert [name for name, written in ids.items() if not is_fit(written)] == []


@pytest.mark.parametrize(
    "value",
    [b"", b"text", {}, [1], (1, 2), "", "two\nlines", "Löffel", "x" * 101, object(), lambda: 1],
    ids=[
        *("no bytes", "bytes", "dictionary", "list", "tuple", "nothing", "two lines", "not ASCII"),
        *("too long", "object", "function without a name"),
    ],
)
def test_a_value_that_names_no_case_needs_an_id(value: object) -> None:
    with pytest.raises(UnwrittenIdError, match="body = "):
        demand_written(value, "body")


@pytest.mark.parametrize(
    "value", [None, True, 7, 0.5, "a cup", str, test_each_case_has_an_id_that_can_be_read]
)
def test_a_value_that_names_its_case_needs_no_id(value: object) -> None:
    demand_written(value, "body")
