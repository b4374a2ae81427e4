"""docs/cost.md: what an idle stage costs is what its template says."""

import pytest

from bench import idle, prices, templates
from tests.infra.synthesised import synthesise

# With those of tests/infra: another worker would synthesise the stages once more.
pytestmark = pytest.mark.xdist_group("infra")

PAGE = idle.PAGE.read_text("utf-8")


def test_the_idle_costs_are_those_of_the_templates() -> None:
    part = idle.written({stage: synthesise(stage).template for stage in idle.STAGES})
    assert idle.replaced(PAGE, part) == PAGE, "the template has changed: run `make cost`"


@pytest.mark.parametrize("stage", idle.STAGES)
def test_make_cost_sees_the_template_that_is_tested(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the address of the alarms, which costs nothing."""
    monkeypatch.setenv("CDK_VALIDATION", "false")  # it would set it for this whole process
    assert idle.charges(templates.of(stage)) == idle.charges(synthesise(stage).template)


def test_the_page_says_of_when_its_prices_are() -> None:
    assert prices.AS_OF in PAGE


def test_a_page_without_its_marks_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match=r"docs/cost.md needs the lines"):
        idle.replaced("# What it costs\n", "| | dev |")
