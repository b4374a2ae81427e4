"""What a person types after `make`, and one clear sentence for what cannot be meant."""

import pytest

from deployment.errors import DeploymentError
from deployment.request import read


def test_a_choice_given_empty_is_not_one_that_is_not_given() -> None:
    request = read("deploy", {"STAGE": "prod", "CONTACT": "", "ALARM_EMAIL": " ops@example.com "})
    assert request.given == {"contact": "", "alarm_email": "ops@example.com"}
    assert request.stack == "darkroom-prod"


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        pytest.param({}, "No stage is named: say make deploy STAGE=dev or STAGE=prod.", id="none"),
        pytest.param({"STAGE": "test"}, "There is no stage 'test'", id="unknown stage"),
        pytest.param({"STAGE": "local"}, "There is no stage 'local'", id="local stage"),
        pytest.param(
            {"STAGE": "dev", "APPROVE": "yes"},
            "APPROVE must be one of never, broadening, any-change, not 'yes'.",
            id="approval",
        ),
        pytest.param(
            {"STAGE": "dev", "MAKEFLAGS": "s -- STAGE=dev ALARM_MAIL=a@b.example"},
            "make deploy knows no ALARM_MAIL",
            id="mistyped variable",
        ),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(environment: dict[str, str], says: str) -> None:
    with pytest.raises(DeploymentError, match="^" + says.replace("?", r"\?")):
        read("deploy", environment)


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param("", id="none"),
        pytest.param("s", id="a flag of make"),
        pytest.param(" -- STAGE=dev CONTACT=Ann\\ Lee\\ A=B", id="spaces within a value"),
        pytest.param(" -- AWS_REGION=eu-west-1 STAGE=dev", id="settings of AWS"),
    ],
)
def test_what_make_itself_says_is_no_mistake(flags: str) -> None:
    assert read("deploy", {"STAGE": "dev", "MAKEFLAGS": flags}).stage == "dev"
