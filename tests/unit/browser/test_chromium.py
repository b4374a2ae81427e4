"""The rule by which the browser tests find a Chromium, with shell scripts in place of programs."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser import apt, chromium
from tests.browser.chromium import give_up, search

Program = Callable[..., Path]

HERE = 'echo "Chromium 150"'
BROKEN = 'echo "needs to be installed by snap" >&2; exit 1'
OFFLINE = "echo 'Error: getaddrinfo ENOTFOUND cdn.example'; exit 1"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, on a machine where root runs the tests."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(apt, "STATE", tmp_path)
    search.cache_clear()
    return folder


@pytest.fixture
def program(machine: Path) -> Program:
    def make(name: str, *lines: str) -> Path:
        file = machine / name
        file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        file.chmod(0o755)
        return file

    return make


@pytest.fixture(autouse=True)
def download(program: Program, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Playwright's command, without a network."""
    file = program("download", OFFLINE)
    monkeypatch.setattr(chromium, "DOWNLOAD", (str(file),))
    return file


def test_one_that_is_there_is_taken_and_nothing_is_installed(program: Program) -> None:
    there = program("google-chrome", HERE)
    own = program("own", HERE)
    assert search(str(own)).program == str(there)


def test_a_hint_where_to_get_one_is_none(program: Program) -> None:
    program("chromium-browser", BROKEN)
    own = program("own", HERE)
    found = search(str(own))
    assert found.program == str(own)
    assert "needs to be installed by snap" in found.complaints[0]


def test_playwrights_own_is_downloaded(program: Program, machine: Path) -> None:
    program("download", f"printf '#!/bin/sh\\n' > {machine}/own; /bin/chmod +x {machine}/own")
    assert search(str(machine / "own")).program == str(machine / "own")


def test_root_on_debian_installs_debians_with_fresh_lists(program: Program, machine: Path) -> None:
    program(
        "apt-get",
        f'echo "$@" >> {machine}/said',
        'case "$*" in *install*) ;; *) exit 0 ;; esac',
        f"printf '#!/bin/sh\\n' > {machine}/chromium; /bin/chmod +x {machine}/chromium",
    )
    assert search(str(machine / "none")).program == str(machine / "chromium")
    update, install = (machine / "said").read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install --yes --no-install-recommends chromium")
    assert "DPkg::Lock::Timeout=600" in install


def test_what_each_attempt_said_is_told(program: Program, machine: Path) -> None:
    program("apt-get", "echo 'E: Unable to locate package chromium'; exit 100")
    found = search(str(machine / "none"))
    assert found.program is None
    downloading, installing = found.complaints
    assert "`playwright install` failed: Error: getaddrinfo ENOTFOUND" in downloading
    assert "`apt-get install` failed: E: Unable to locate package chromium" in installing


def test_nobody_but_root_installs_packages(
    program: Program, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("apt-get", f"/bin/touch {machine}/used")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert search(str(machine / "none")).program is None
    assert not (machine / "used").exists()


def test_what_was_tried_in_vain_is_not_tried_for_each_module(
    program: Program, machine: Path
) -> None:
    program("download", f"echo again >> {machine}/tries; exit 1")
    for _ in range(3):
        search(str(machine / "none"))
    assert (machine / "tries").read_text() == "again\n"


def test_a_package_manager_that_is_busy_is_waited_for(
    program: Program, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.browser.apt.time.sleep", lambda _: None)
    program(
        "apt-get",
        f"[ -e {machine}/once ] && exit 0",
        f"/bin/touch {machine}/once",
        "echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7'; exit 100",
    )
    assert apt.install("chromium") == ""


@pytest.mark.parametrize("value", [None, "0", "false"])
def test_without_a_browser_the_tests_are_skipped(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("CI", raising=False)
    if value is not None:
        monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        give_up("no browser")


@pytest.mark.parametrize("value", ["true", "1"])
def test_continuous_integration_fails_without_one(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        give_up("no browser")


def test_a_program_that_does_not_end_is_given_up(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = program("chromium", f'exec "{sys.executable}" -c "import time; time.sleep(60)"')
    monkeypatch.setattr(chromium, "STARTING", 0.2)
    found = search(str(hanging.with_name("none")))
    assert "`" + str(hanging) + "` took longer than 0 s" in found.complaints[0]
