import os
from pathlib import Path

import pytest

from localcloud import setup


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    file = tmp_path / "pins.txt"
    file.write_text("one==1")
    return file


class Making:
    """Counts how often something was made."""

    def __init__(self, folder: Path) -> None:
        self.times = 0
        self._folder = folder

    def __call__(self) -> None:
        self.times += 1
        self._folder.mkdir(exist_ok=True)

    def once(self, *inputs: Path) -> None:
        setup._once(self._folder / ".made", inputs, "it", self)


@pytest.fixture
def making(tmp_path: Path) -> Making:
    return Making(tmp_path / "made")


def test_what_is_up_to_date_is_not_made_again(making: Making, pins: Path) -> None:
    making.once(pins)
    making.once(pins)
    assert making.times == 1


def test_other_pins_are_installed(making: Making, pins: Path) -> None:
    making.once(pins)
    pins.write_text("one==2")
    making.once(pins)
    assert making.times == 2


def test_what_was_interrupted_is_made_again(tmp_path: Path, pins: Path) -> None:
    folder = tmp_path / "made"

    def interrupted() -> None:
        folder.mkdir()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        setup._once(folder / ".made", [pins], "it", interrupted)
    again = Making(folder)
    again.once(pins)
    assert again.times == 1


def test_an_environment_whose_python_has_gone_is_made_again(
    tmp_path: Path, making: Making, pins: Path
) -> None:
    making.once(pins)
    programs = tmp_path / "made" / "bin"
    programs.mkdir()
    (programs / "python").symlink_to(tmp_path / "upgraded-away")
    making.once(pins)
    assert making.times == 2


def test_a_folder_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".local").write_text("in the way")
    assert setup.main(tmp_path) == 1
    told = capsys.readouterr().err
    assert told.startswith("darkroom: ")
    assert told.count("\n") == 1


def test_what_a_tool_says_is_cut_to_the_line_that_matters() -> None:
    output = "Resolving…\nerror: Failed to fetch: `six`\n\n  hint: are you offline?\n"
    assert setup._reason(output) == "error: Failed to fetch: `six`"


def test_a_python_that_is_there_but_does_not_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shims, versions = tmp_path / "shims", tmp_path / "pyenv" / "versions"
    installed = versions / "3.13.0" / "bin"
    for folder in (shims, installed):
        folder.mkdir(parents=True)
        (folder / "python3.13").touch()
    (shims / "python3.13").write_text("#!/bin/sh\nexit 127\n")
    (installed / "python3.13").write_text("#!/bin/sh\necho 3 13\n")
    for folder in (shims, installed):
        (folder / "python3.13").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(shims), os.defpath]))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert setup.lambda_python(setup.ROOT) == str(installed / "python3.13")
