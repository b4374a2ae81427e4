"""Taking a release out of a clone's history."""

import os
import subprocess
from pathlib import Path

import pytest

from localcloud import releases
from localcloud.releases import Release, ReleaseMissingError

ROOT = Path(__file__).parents[3]


def git(folder: Path, *arguments: str) -> str:
    own = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=no")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(
        ["git", *own, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository, in a path with a space, with one release and what came after it."""
    folder = tmp_path / "a clone"
    (folder / "infra").mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "app.py").write_text("released")
    (folder / "infra" / "stack.py").write_text("released")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "the release")
    commit = git(folder, "rev-parse", "HEAD")
    table = f'[tool.darkroom.last-release]\nversion = "1.2.3"\ncommit = "{commit}"\n'
    (folder / "pyproject.toml").write_text(table)
    (folder / "app.py").write_text("newer")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "what came after it")
    return folder


def test_the_last_release_is_the_one_that_the_project_names() -> None:
    release = releases.last(ROOT)
    assert release.version == "0.1.0"
    assert len(release.commit) == 40


def test_a_checkout_has_the_releases_files_and_shares_what_costs_time(clone: Path) -> None:
    folder = releases.checkout(clone, releases.last(clone))
    assert folder.is_relative_to(clone / ".local")
    assert (folder / "app.py").read_text() == "released"
    assert (folder / "infra" / "stack.py").exists()
    assert not (folder / "pyproject.toml").exists()
    for name in releases.SHARED:
        assert (folder / name).resolve() == clone / name


def test_it_stays_when_the_clone_is_moved(clone: Path) -> None:
    releases.checkout(clone, releases.last(clone))
    moved = clone.rename(clone.with_name("moved"))
    folder = releases.checkout(moved, releases.last(moved))
    assert (folder / ".venv").resolve() == moved / ".venv"


def test_it_is_made_once(clone: Path) -> None:
    folder = releases.checkout(clone, releases.last(clone))
    (folder / "app.py").write_text("looked at")
    assert releases.checkout(clone, releases.last(clone)) == folder
    assert (folder / "app.py").read_text() == "looked at"
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]


def test_a_git_hooks_environment_leads_to_no_other_repository(
    clone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert (releases.checkout(clone, releases.last(clone)) / "app.py").read_text() == "released"


def test_a_clone_without_the_commit_says_what_brings_it(clone: Path) -> None:
    shallow = clone.with_name("shallow")
    git(clone.parent, "clone", "--quiet", "--depth=1", clone.as_uri(), str(shallow))
    release = releases.last(shallow)
    with pytest.raises(ReleaseMissingError, match="git fetch --unshallow") as caught:
        releases.checkout(shallow, release)
    assert release.commit in str(caught.value)
    git(shallow, "fetch", "--quiet", "--unshallow")
    assert (releases.checkout(shallow, release) / "app.py").exists()


def test_a_folder_without_history_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with pytest.raises(ReleaseMissingError, match="downloaded without history"):
        releases.checkout(tmp_path, Release("1.2.3", "0" * 40))


def test_a_machine_without_git_says_so(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(clone))
    with pytest.raises(ReleaseMissingError, match="git is not installed"):
        releases.checkout(clone, releases.last(clone))
