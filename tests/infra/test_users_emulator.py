"""The local stage on an emulator that runs functions elsewhere than on this machine."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from aws_cdk import App

from infra import bundling
from infra.bundling import Target
from infra.context import from_context
from infra.stack import Darkroom
from tests.infra.synthesised import LOCAL, ROOT, Synthesised

ELSEWHERE = {
    "api_url": "http://{id}.execute-api.localhost.localstack.cloud:4566",
    "storage_url": "http://127.0.0.1:4566",
}
PLATFORMS = ["x86_64-manylinux_2_34", "aarch64-manylinux_2_34"]  # of which one is another's


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def targets() -> list[Target]:
    """What layers were built for."""
    return []


@pytest.fixture
def local(
    platform: str, targets: list[Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Synthesised:
    def build(name: str, target: Target) -> SimpleNamespace:
        targets.append(target)
        return SimpleNamespace(folder=tmp_path / "layer", digest=name)

    (tmp_path / "layer" / "python").mkdir(parents=True)
    monkeypatch.setattr(bundling, "build", build)
    monkeypatch.chdir(ROOT)
    monkeypatch.setitem(os.environ, "CDK_VALIDATION", "false")
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(
        context=context | LOCAL | ELSEWHERE | {"stage": "local", "platform": platform},
        outdir=str(tmp_path / "cdk.out"),
    )
    name = "darkroom-local"
    Darkroom(app, name, stage=from_context(app.node.try_get_context))
    template = app.synth().get_stack_by_name(name).template
    return Synthesised(template, name=name, is_protected=False)


def test_functions_and_layers_are_for_the_system_that_runs_them(
    local: Synthesised, platform: str, targets: list[Target]
) -> None:
    processor = "arm64" if platform.startswith("aarch64") else "x86_64"
    functions = local.of_type("AWS::Lambda::Function").values()
    assert [each["Architectures"] for each in functions] == [[processor]] * len(functions)
    layers = local.of_type("AWS::Lambda::LayerVersion").values()
    assert [each["CompatibleArchitectures"] for each in layers] == [[processor]] * len(layers)
    assert set(targets) == {Target("3.13", platform)}


def test_clients_find_the_api_where_the_emulator_has_it(local: Synthesised) -> None:
    start, api, end = local.outputs["ApiUrl"]["Fn::Join"][1]
    assert (start, end) == ("http://", ".execute-api.localhost.localstack.cloud:4566")
    assert set(api) == {"Ref"}
    assert local.environment("api")["API_URL"] == local.outputs["ApiUrl"]


def test_clients_find_s3_where_functions_do_not(local: Synthesised) -> None:
    assert local.environment("api")["STORAGE_URL"] == "http://127.0.0.1:4566"
