"""The last release, taken from this clone's history: what this one must get on with, both ways."""

import os
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import CloudError

SHARED = (".venv", ".local/cdk", ".local/emulator", ".local/layers")
"""What a checkout below ``.local`` has in common with the one around it: environments, tools, and
layers, which are kept by what they were made from."""


class ReleaseMissingError(CloudError):
    """This clone does not have the release; the message says what brings it."""


@dataclass(frozen=True)
class Release:
    """A released commit; ``version`` is how it calls itself."""

    version: str
    commit: str


def last(root: Path) -> Release:
    """The release before this one, as ``pyproject.toml`` names it."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    return Release(**project["tool"]["darkroom"]["last-release"])


def checkout(root: Path, release: Release) -> Path:
    """The folder of the release's files, below ``.local/releases``, ready to be deployed.

    Raises:
        ReleaseMissingError: its commit is not in this clone.
    """
    folder = root / ".local" / "releases" / f"{release.version}-{release.commit[:12]}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".part-") as part:
            files = Path(part) / "files"
            _extract(root, release, files)
            _share(root, files, folder)
            try:
                files.rename(folder)
            except OSError:
                if not folder.exists():  # else another process was quicker, with the same files
                    raise
    return folder


def _extract(root: Path, release: Release, folder: Path) -> None:
    # Within a git hook these would lead to another repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    archive = folder.with_suffix(".tar")
    command = ["git", "-C", str(root), "archive", "--format=tar", f"--output={archive}"]
    try:
        done = subprocess.run(
            [*command, release.commit], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise _missing(release, "git is not installed") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["git said nothing"])[-1]
        raise _missing(release, reason)
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")


def _missing(release: Release, reason: str) -> ReleaseMissingError:
    return ReleaseMissingError(
        f"The last release, {release.version}, is commit {release.commit}, which this clone cannot "
        f"give ({reason}). `git fetch --unshallow` brings the whole history to a shallow clone; a "
        "folder that was downloaded without history cannot be tested against it."
    )


def _share(root: Path, files: Path, folder: Path) -> None:
    """Links lead up and over, so that they hold when the whole checkout is moved."""
    for name in SHARED:
        (root / name).mkdir(parents=True, exist_ok=True)
        link = files / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(root / name, (folder / name).parent))
