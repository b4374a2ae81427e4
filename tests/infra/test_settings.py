"""Stages by name, and one clear sentence where there is none."""

from dataclasses import replace
from typing import Any

import pytest

from infra.context import from_context
from infra.settings import STAGES, SettingsError
from tests.infra.synthesised import CHOICES, LOCAL


def stage_of(**context: Any) -> Any:
    return from_context(context.get)


def test_the_stage_is_dev_unless_told() -> None:
    assert stage_of().name == "dev"


def test_an_unknown_stage_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no stage 'test'.*local, dev, prod"):
        stage_of(stage="test")


def test_the_local_stage_names_what_it_lacks() -> None:
    with pytest.raises(SettingsError, match="database_url") as raised:
        stage_of(stage="local", **(LOCAL | {"database_url": ""}))
    assert "endpoint_url" not in str(raised.value)


def test_the_local_stage_lets_loopback_through_unless_told() -> None:
    assert stage_of(stage="local", **LOCAL).local.allowed_networks == "127.0.0.0/8,::1/128"


def test_the_local_stage_can_be_as_strict_as_aws() -> None:
    assert stage_of(stage="local", **LOCAL, allowed_networks="").local.allowed_networks == ""


def test_the_local_stage_can_be_on_an_emulator_of_another_kind() -> None:
    more = {
        "platform": "aarch64-manylinux_2_34",
        "api_url": "http://a/{id}",
        "storage_url": "http://b",
    }
    local = stage_of(stage="local", **LOCAL, **more).local
    assert {name: getattr(local, name) for name in more} == more
    usual = stage_of(stage="local", **LOCAL).local
    assert {name: getattr(usual, name) for name in more} == dict.fromkeys(more, "")


def test_only_the_local_stage_hears_of_the_local_cloud() -> None:
    assert stage_of(stage="prod", **LOCAL).local is None


def test_operators_can_be_named() -> None:
    stage = stage_of(stage="prod", alarm_email="ops@example.com", contact="https://example.com")
    assert (stage.alarm_email, stage.contact) == ("ops@example.com", "https://example.com")


def test_operators_named_in_the_stage_stay_unless_others_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = replace(STAGES["prod"], alarm_email="ops@example.com", contact="https://example.com")
    monkeypatch.setitem(STAGES, "prod", named)
    stage = stage_of(stage="prod", contact="https://other.example")
    assert (stage.alarm_email, stage.contact) == ("ops@example.com", "https://other.example")


def test_a_stage_keeps_images_in_s3_unless_told() -> None:
    assert stage_of().stores == ("s3",)
    assert stage_of(stores="cloudinary,s3").stores == ("cloudinary", "s3")


@pytest.mark.parametrize("stores", ["ftp", "s3,", "s3,s3", "s3 cloudinary"])
def test_stores_that_there_are_not_are_named(stores: str) -> None:
    with pytest.raises(SettingsError, match="list s3 and cloudinary"):
        stage_of(stores=stores)


def test_what_the_operator_chose_is_kept_for_the_next_deploy() -> None:
    chosen = {"alarm_email": "ops@example.com", "backup_days": "7"}
    assert stage_of(stage="prod", **chosen, account_concurrency="50").chosen == chosen


@pytest.mark.parametrize("key", CHOICES)
def test_nothing_is_chosen_unless_told(key: str) -> None:
    assert key not in stage_of(stage="prod").chosen
    assert stage_of(stage="prod", **CHOICES).chosen[key] == CHOICES[key]


def test_prod_is_protected_unless_it_is_deployed_for_the_first_time() -> None:
    assert stage_of(stage="prod").is_protected
    assert stage_of(stage="prod", first_deploy="false").is_protected
    assert not stage_of(stage="prod", first_deploy="true").is_protected
    assert not stage_of(stage="dev").is_protected


def test_the_database_can_be_one_of_the_free_plan() -> None:
    instance = stage_of(stage="dev", database_class="t4g.micro", backup_days="1").instance
    assert (instance.type, instance.backup_days) == ("t4g.micro", 1)
    assert instance.storage == STAGES["dev"].instance.storage


def test_zones_can_be_named() -> None:
    zones = stage_of(availability_zones="us-east-1b, us-east-1f").availability_zones
    assert zones == ("us-east-1b", "us-east-1f")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("alarm_email", "ops", id="an address without a host"),
        pytest.param("images_domain", "https://images.example.com", id="a URL as a domain"),
        pytest.param("images_domain", "images", id="a domain without a dot"),
        pytest.param(
            "images_certificate",
            "arn:aws:acm:eu-west-1:123456789012:certificate/01a20a25",
            id="a certificate of another region",
        ),
        pytest.param("database_class", "db.t4g.micro", id="a class with RDS's prefix"),
        pytest.param("backup_days", "0", id="no backups"),
        pytest.param("backup_days", "36", id="backups for longer than RDS keeps them"),
        pytest.param("availability_zones", "us-east-1a", id="one zone"),
        pytest.param("availability_zones", "us-east-1a,us-east-1a", id="one zone twice"),
        pytest.param("account_concurrency", "many", id="a quota in words"),
        pytest.param("account_concurrency", "-1", id="a quota below nothing"),
        pytest.param("first_deploy", "perhaps", id="neither true nor false"),
    ],
)
def test_what_aws_would_refuse_is_refused_at_once(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=key):
        stage_of(stage="prod", **{key: value})
