"""Layers and what Lambda's Python brings must satisfy each other."""

from pathlib import Path

import pytest

from infra.bundling import LAMBDA
from packages import requirements


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """A layer, and what Lambda brings."""
    return [tmp_path / "layer", tmp_path / "runtime"]


def install(folder: Path, name: str, version: str, *needs: str) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    (info / "METADATA").write_text("\n".join([*lines, *(f"Requires-Dist: {n}" for n in needs)]))


def complaints(folders: list[Path]) -> list[str]:
    return list(requirements.complaints("shop", folders, LAMBDA))


def test_a_package_of_the_layer_comes_before_lambdas_own(folders: list[Path]) -> None:
    install(folders[1], "botocore", "1.35.60", "urllib3<3,>=1.25")
    install(folders[1], "urllib3", "1.26.20")
    assert complaints(folders) == []
    install(folders[0], "urllib3", "3.0")
    assert complaints(folders) == [
        "function shop: botocore 1.35.60 needs urllib3<3,>=1.25, and gets 3.0."
    ]


def test_a_package_that_is_not_there_is_found(folders: list[Path]) -> None:
    install(folders[0], "typing-inspection", "0.4", "typing_extensions>=4.12")
    assert complaints(folders) == [
        "function shop: typing-inspection 0.4 needs typing_extensions>=4.12, which is not there."
    ]
    install(folders[1], "Typing.Extensions", "4.16")
    assert complaints(folders) == []


@pytest.mark.parametrize(
    "marker",
    [
        *("python_version < '3.13'", "platform_machine == 'x86_64'", "extra == 'dev'"),
        "sys_platform == 'win32'",
    ],
)
def test_what_only_other_targets_need_is_left_out(folders: list[Path], marker: str) -> None:
    install(folders[0], "shop", "1", f"something ; {marker}")
    assert complaints(folders) == []


@pytest.mark.parametrize(
    "marker", ["python_version >= '3.13'", "platform_machine == 'aarch64'", "os_name == 'posix'"]
)
def test_what_the_target_needs_is_looked_for(folders: list[Path], marker: str) -> None:
    install(folders[0], "shop", "1", f"something ; {marker}")
    assert len(complaints(folders)) == 1
