"""Stages by name, and one clear sentence where there is none."""

from dataclasses import replace
from typing import Any

import pytest

from infra.settings import STAGES, SettingsError, from_context
from tests.infra.synthesised import LOCAL


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
