"""The packages that a deploy would upload, proved in the short form of ``make packages``."""

import pytest

from localcloud import setup
from packages.interpreter import Interpreter
from packages.proof import Bench, Proof
from packages.room import room
from tests.cloud import own_state

FUNCTIONS = {
    *("api", "ingest", "processor", "recorder", "finisher", "notifier", "janitor", "migrator"),
}


@pytest.fixture(scope="module")
def proof(python: Interpreter) -> Proof:
    """Of a fresh copy under umask 077, which asks more of them than any other umask."""
    assert python.platform is not None
    with (
        own_state("packages") as state,
        Bench(setup.ROOT, state, report=lambda _: None).ready() as bench,
    ):
        return bench.prove(bench.of_a_closed_copy(downloaded=False), journey=False)


def test_every_function_runs_as_another_user_from_what_was_zipped_under_umask_077(
    proof: Proof,
) -> None:
    assert "\n".join(proof.problems) == ""


def test_every_function_was_imported(proof: Proof) -> None:
    imported = {each.name for each in proof.figures if each.import_seconds is not None}
    assert imported >= FUNCTIONS


def test_they_ran_as_another_user_on_lambdas_python(proof: Proof, python: Interpreter) -> None:
    if not (python.is_lambdas and room.can_be_entered()):
        pytest.skip(f"NOT PROVED of the packages: {' '.join(proof.not_proved)}")
    assert not [each for each in proof.not_proved if each.startswith("Imports ran")]
