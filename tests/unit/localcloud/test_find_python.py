import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "tools" / "find-python"
SHELL = Path("/bin/sh")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder that is all of PATH, with what the script itself calls."""
    (tmp_path / "basename").symlink_to("/usr/bin/basename")
    return tmp_path


def command(folder: Path, name: str, *lines: str) -> None:
    file = folder / name
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    file.chmod(0o755)


def found(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SHELL, SCRIPT],
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_usual_python_is_taken_if_it_will_do(path: Path) -> None:
    command(path, "python3", f'exec "{sys.executable}" "$@"')
    done = found(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert os.access(done.stdout.strip(), os.X_OK)


def test_a_command_that_does_not_run_is_passed_over(path: Path) -> None:
    command(path, "python3", "echo 'pyenv: python3: command not found' >&2", "exit 127")
    command(path, "python3.12", f'exec "{sys.executable}" "$@"')
    assert found(path).returncode == 0


def test_the_python_that_is_asked_for_comes_first(path: Path) -> None:
    command(path, "python3", "exit 1")
    command(path, "mine", f'exec "{sys.executable}" "$@"')
    assert found(path, DARKROOM_PYTHON=str(path / "mine")).returncode == 0


def test_without_any_python_one_sentence_says_which_is_needed(path: Path) -> None:
    done = found(path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "Python 3.11 to 3.14 is needed" in done.stderr


def test_without_the_module_for_environments_one_sentence_says_what_to_install(path: Path) -> None:
    command(
        path,
        "python3",
        'case "$2" in *ensurepip*) exit 1;; esac',
        f'exec "{sys.executable}" "$@"',
    )
    done = found(path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "python3-venv" in done.stderr
