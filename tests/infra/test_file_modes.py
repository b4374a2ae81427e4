"""What goes to Lambda is readable there, whatever the umask of the machine that zips it.

`cdk` puts the staged files into the zip with the modes that they have
(cdk-assets, ``lib/private/archive.ts``), and Lambda runs a function as another user.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_

from infra import bundling
from infra.bundling import Target
from infra.functions import LAYERS

HERE = Target(python="3.13", platform=None)


@pytest.fixture
def private() -> Iterator[None]:
    """A shell whose new files are for their owner only."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def root(tmp_path: Path, private: None) -> Path:
    """A project checked out under that umask, with one function and one layer."""
    for folder in ("functions/api/console", "layers/colours/python/colours"):
        module = tmp_path / folder / "module.py"
        module.parent.mkdir(parents=True)
        module.write_text("RED = 1\n")
        assert stat.S_IMODE(module.stat().st_mode) == 0o600
    return tmp_path


def modes(folder: Path) -> dict[str, int]:
    return {
        str(each.relative_to(folder)): stat.S_IMODE(each.stat().st_mode)
        for each in [folder, *folder.rglob("*")]
    }


def wrong(folder: Path) -> dict[str, str]:
    return {
        name: oct(mode)
        for name, mode in modes(folder).items()
        if mode != (0o755 if (folder / name).is_dir() else 0o644)
    }


def staged(asset: bundling.Asset, output: Path) -> Path:
    """The asset as CDK copies it into the cloud assembly."""
    app = App(outdir=str(output))
    code = lambda_.Code.from_asset(str(asset.folder))
    lambda_.LayerVersion(Stack(app, "stack"), "Layer", code=code)
    app.synth()
    (copied,) = (each for each in output.glob("asset.*") if each.is_dir())
    return copied


def test_a_function_s_files_are_for_everybody(root: Path) -> None:
    asset = bundling.function_code("api", root=root, cache=root / "cache")
    assert (asset.folder / "api" / "console" / "module.py").read_text() == "RED = 1\n"
    assert not wrong(asset.folder)


def test_so_are_a_layer_s(root: Path) -> None:
    asset = bundling.build("colours", HERE, root=root, cache=root / "cache")
    assert (asset.folder / "python" / "colours" / "module.py").exists()
    assert not wrong(asset.folder)


def test_so_are_the_files_that_cdk_zips(root: Path) -> None:
    asset = bundling.function_code("api", root=root, cache=root / "cache")
    copied = staged(asset, root / "cdk.out")
    files = {name: mode for name, mode in modes(copied).items() if (copied / name).is_file()}
    assert files == {"api/console/module.py": 0o644}


def test_changed_code_is_copied_anew(root: Path) -> None:
    first = bundling.function_code("api", root=root, cache=root / "cache")
    (root / "functions/api/console/module.py").write_text("RED = 2\n")
    second = bundling.function_code("api", root=root, cache=root / "cache")
    assert second.digest != first.digest
    assert (first.folder / "api/console/module.py").read_text() == "RED = 1\n"


@pytest.mark.parametrize("name", LAYERS)
def test_the_real_functions_have_all_their_files(private: None, tmp_path: Path, name: str) -> None:
    asset = bundling.function_code(name, cache=tmp_path)
    source = bundling.ROOT / "functions" / name
    expected = {
        str(Path(name) / each.relative_to(source))
        for each in source.rglob("*")
        if each.is_file() and "__pycache__" not in each.parts
    }
    assert {path for path in modes(asset.folder) if (asset.folder / path).is_file()} == expected
    assert f"{name}/handler.py" in expected
    assert not wrong(asset.folder)
