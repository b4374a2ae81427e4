"""What a template gives a function is what the function's settings ask for."""

import importlib

import pytest

from infra.functions import LAYERS
from pipeline.settings import Settings
from tests.infra.synthesised import Synthesised

POWERTOOLS = {
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
}


def settings_of(function: str) -> type[Settings]:
    module = importlib.import_module(f"{function}.settings")
    (found,) = (
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, Settings)
        and each.__module__ == module.__name__
    )
    return found


@pytest.mark.parametrize("name", LAYERS)
def test_the_environment_is_what_the_settings_ask_for(stage: Synthesised, name: str) -> None:
    asked = {field.upper() for field in settings_of(name).model_fields}
    given = set(stage.environment(name)) - POWERTOOLS
    database = {"DATABASE_URL", "DATABASE_SECRET_ARN"}
    assert given - database == asked - database
    assert len(given & database) == (1 if database <= asked else 0)


@pytest.mark.parametrize("name", LAYERS)
def test_a_function_is_called_by_its_name(stage: Synthesised, name: str) -> None:
    function = stage.functions[name]
    assert function["Handler"] == f"{name}.handler.handler"
    assert stage.environment(name)["POWERTOOLS_SERVICE_NAME"] == name
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert len(function["Layers"]) == len(LAYERS[name])


def test_aws_runs_python_3_13_on_arm64(on_aws: Synthesised) -> None:
    for function in on_aws.functions.values():
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])


def test_aws_reaches_public_addresses_only(on_aws: Synthesised) -> None:
    for name in ("processor", "notifier"):
        assert on_aws.environment(name)["ALLOWED_NETWORKS"] == ""


def test_the_local_cloud_s_addresses_are_ones_that_any_client_resolves(local: Synthesised) -> None:
    start, api, end = local.environment("api")["API_URL"]["Fn::Join"][1]
    assert start == "http://127.0.0.1:4566/_aws/execute-api/"
    assert end == "/$default"
    assert set(api) == {"Ref"}
    images = local.environment("processor")["IMAGES_URL"]["Fn::Join"][1]
    assert images == ["http://127.0.0.1:4566/", {"Ref": local.bucket_id("images")}]


def test_images_are_served_by_the_cdn(on_aws: Synthesised) -> None:
    start, domain = on_aws.environment("processor")["IMAGES_URL"]["Fn::Join"][1]
    assert start == "https://"
    (cdn,) = on_aws.of_type("AWS::CloudFront::Distribution")
    assert domain == {"Fn::GetAtt": [cdn, "DomainName"]}


def test_every_log_ends(stage: Synthesised) -> None:
    for group in stage.of_type("AWS::Logs::LogGroup").values():
        assert group["RetentionInDays"] <= 90
    for function in stage.of_type("AWS::Lambda::Function").values():
        assert "LogGroup" in function["LoggingConfig"]
