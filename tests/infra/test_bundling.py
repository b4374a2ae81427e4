"""Layers, one of them really built for Lambda's processor."""

import marshal
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bundling
from infra.bundling import LAMBDA, BundlingError, Target
from infra.functions import LAYERS

HERE = Target(python="3.13", platform=None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one layer, without packages."""
    code = tmp_path / "layers" / "colours" / "python" / "colours"
    code.mkdir(parents=True)
    (code / "__init__.py").write_text("RED = 1\n")
    return tmp_path


def test_a_layer_for_aws_holds_arm64_binaries_our_code_and_no_boto3() -> None:
    layer = bundling.build("imaging", LAMBDA)
    python = layer.folder / "python"
    assert (python / "imaging" / "__init__.py").exists()
    binaries = [each.name for each in (python / "PIL").glob("*.so")]
    assert binaries
    assert all("cpython-313-aarch64" in each for each in binaries)
    names = {each.name for each in python.iterdir()}
    assert not names & {"boto3", "botocore", "bin"}
    assert not list(python.rglob("RECORD"))
    assert list(python.glob("pillow-*.dist-info/METADATA"))


def test_no_layer_brings_boto3_for_the_runtime_does() -> None:
    for name in sorted({layer for layers in LAYERS.values() for layer in layers}):
        pins = bundling.ROOT / "layers" / name / "requirements.txt"
        if pins.exists():
            assert "\nboto" not in f"\n{pins.read_text()}"


def test_a_layer_is_the_same_each_time_and_made_once(root: Path) -> None:
    first = bundling.build("colours", HERE, root=root, cache=root / "one")
    made = first.folder.stat().st_mtime_ns
    assert bundling.build("colours", HERE, root=root, cache=root / "one") == first
    assert first.folder.stat().st_mtime_ns == made
    assert bundling.build("colours", HERE, root=root, cache=root / "two").digest == first.digest


def test_changed_code_makes_another_layer(root: Path) -> None:
    first = bundling.build("colours", HERE, root=root, cache=root)
    (root / "layers/colours/python/colours/__init__.py").write_text("RED = 2\n")
    second = bundling.build("colours", HERE, root=root, cache=root)
    assert second.digest != first.digest
    assert (first.folder / "python/colours/__init__.py").read_text() == "RED = 1\n"


def test_what_this_machine_has_compiled_stays_here(root: Path) -> None:
    first = bundling.build("colours", HERE, root=root, cache=root / "one")
    cache = root / "layers/colours/python/colours/__pycache__"
    cache.mkdir()
    (cache / "__init__.cpython-310.pyc").write_bytes(b"compiled")
    second = bundling.build("colours", HERE, root=root, cache=root / "two")
    assert second.digest == first.digest
    assert not list(second.folder.rglob("*310.pyc"))


def test_compiled_code_is_taken_whatever_time_its_source_has(root: Path) -> None:
    this = Target(python=f"{sys.version_info.major}.{sys.version_info.minor}", platform=None)
    layer = bundling.build("colours", this, root=root, cache=root)
    (compiled,) = layer.folder.rglob("*.pyc")
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01  # PEP 552: never checked


def test_compiled_code_names_its_source_where_lambda_has_it(tmp_path: Path) -> None:
    this = Target(python=f"{sys.version_info.major}.{sys.version_info.minor}", platform=None)
    layer = bundling.build("webhooks", this, cache=tmp_path)
    sources = list((layer.folder / "python").rglob("*.py"))
    assert {each.parent.name for each in sources} >= {"webhooks", "standardwebhooks"}
    for source in sources:
        compiled = (
            source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        )
        path = f"/opt/{source.relative_to(layer.folder)}"
        assert marshal.loads(compiled.read_bytes()[16:]).co_filename == path


def test_a_target_of_its_own_has_a_layer_of_its_own(root: Path) -> None:
    arm = bundling.build("colours", LAMBDA, root=root, cache=root)
    assert arm.digest != bundling.build("colours", HERE, root=root, cache=root).digest


def test_an_installation_that_fails_leaves_nothing_and_says_why(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "layers/colours/requirements.txt").write_text("nothing==1\n")
    refused = subprocess.CompletedProcess([], 1, stderr="no wheel for aarch64")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    monkeypatch.setattr(bundling, "_uv", lambda: "uv")
    monkeypatch.setattr(bundling, "_interpreter", lambda _: None)
    with pytest.raises(BundlingError, match="no wheel for aarch64"):
        bundling.build("colours", HERE, root=root, cache=root / "cache")
    assert not list((root / "cache").iterdir())


@pytest.mark.parametrize("name", LAYERS)
def test_a_function_s_layers_stay_below_150_megabytes(name: str) -> None:
    folders = [bundling.build(layer, LAMBDA).folder for layer in LAYERS[name]]
    size = sum(
        each.stat().st_size for folder in folders for each in folder.rglob("*") if each.is_file()
    )
    assert size < 150 * 2**20
