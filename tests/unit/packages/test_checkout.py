"""A copy of the sources has the modes of a clone under some umask, and nothing that was built."""

import stat
from pathlib import Path

import pytest

from localcloud import cdk, setup
from packages import checkout


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002], ids=["022", "077", "002"])
def test_the_umask_alone_decides_about_the_modes(tmp_path: Path, umask: int) -> None:
    copy = checkout.copy(setup.ROOT, tmp_path / "copy", umask=umask)
    for path in (copy / "functions", *(copy / "functions").rglob("*")):
        whole = 0o777 if path.is_dir() else 0o666
        assert stat.S_IMODE(path.stat().st_mode) == whole & ~umask


def test_it_has_what_a_deploy_is_made_from(tmp_path: Path) -> None:
    copy = checkout.copy(setup.ROOT, tmp_path / "copy", umask=0o022)
    assert {each.name for each in copy.iterdir()} == {*cdk.SOURCES, ".local"}
    assert not list(copy.rglob("__pycache__"))
    assert [each.name for each in (copy / ".local").iterdir()] == ["emulator"]
    state = setup.ROOT / ".local"
    here, there = (cdk.Cdk(root, state).fingerprint() for root in (setup.ROOT, copy))
    assert here == there
