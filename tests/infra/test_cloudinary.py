"""A stage that has an account at Cloudinary."""

import json
from dataclasses import replace

import pytest
from aws_cdk import App, Stack

from infra.cloudinary import CloudinaryAccount
from infra.settings import STAGES, Concurrency, SettingsError
from tests.infra.synthesised import Synthesised, synthesise


@pytest.fixture
def both() -> Synthesised:
    return synthesise("dev", "cloudinary,s3")


def secret_id(stage: Synthesised) -> str:
    return str(stage.outputs["CloudinarySecret"]["Ref"])


def test_only_the_processor_may_read_its_secret_and_no_other(both: Synthesised) -> None:
    readers = {
        name: {resource for right, resource in _secrets(both, name)} for name in both.functions
    }
    own = {secret_id(both)}
    assert readers.pop("processor") == own
    assert readers.pop("notifier") == set()
    for others in readers.values():
        assert not others & own


def test_it_may_read_and_nothing_else(both: Synthesised) -> None:
    assert {right for right, _ in _secrets(both, "processor")} == {"secretsmanager:GetSecretValue"}


def test_the_credentials_are_in_no_template(both: Synthesised) -> None:
    secret = both.of_type("AWS::SecretsManager::Secret")[secret_id(both)]
    assert set(secret) <= {"Description", "GenerateSecretString"}
    assert "resolve:secretsmanager" not in json.dumps(both.functions)


def test_the_processor_and_the_api_know_the_stores(both: Synthesised) -> None:
    assert both.environment("api")["STORES"] == "cloudinary,s3"
    processor = both.environment("processor")
    assert processor["STORES"] == "cloudinary,s3"
    assert processor["CLOUDINARY_SECRET_ARN"] == {"Ref": secret_id(both)}


def test_without_an_account_there_is_no_secret(stage: Synthesised) -> None:
    assert stage.environment("api")["STORES"] == "s3"
    assert stage.environment("processor")["CLOUDINARY_SECRET_ARN"] == ""
    assert "CloudinarySecret" not in stage.outputs


def test_all_processors_together_keep_within_what_the_account_allows(both: Synthesised) -> None:
    (processors,) = (
        mapping["ScalingConfig"]["MaximumConcurrency"]
        for queue, function, mapping in both.triggers()
        if (queue, function) == ("images", "processor")
    )
    each = int(both.environment("processor")["CLOUDINARY_UPLOADS"])
    assert (processors, each) == (2, 5)
    assert processors * each <= STAGES["dev"].cloudinary_uploads


@pytest.mark.parametrize("processors", [None, 2, 20, 100])
@pytest.mark.parametrize("allowed", [2, 3, 9, 10, 11, 99, 1_000])
def test_however_many_it_allows(processors: int | None, allowed: int) -> None:
    account = account_of(processors, allowed)
    assert account.processors is not None
    assert 2 <= account.processors <= (processors or allowed)
    uploads = account.processors * int(account.environment["CLOUDINARY_UPLOADS"])
    assert allowed / 2 < uploads <= allowed


def test_an_account_that_allows_one_at_a_time_is_too_small() -> None:
    with pytest.raises(SettingsError, match="at least 2"):
        account_of(20, 1)


def account_of(processors: int | None, allowed: int) -> CloudinaryAccount:
    stage = replace(
        STAGES["dev"],
        stores=("cloudinary",),
        cloudinary_uploads=allowed,
        concurrency=Concurrency(processor=processors),
    )
    return CloudinaryAccount(Stack(App(), "stack"), "Cloudinary", stage=stage)


def _secrets(stage: Synthesised, function: str) -> set[tuple[str, str]]:
    """The function's rights to secrets, by the secret's logical id."""
    return {
        (action, resource["Ref"])
        for statement in stage.statements(function)
        for action in statement["Action"]
        for resource in statement["Resource"]
        if action.startswith("secretsmanager:")
    }
