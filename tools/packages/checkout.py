"""A fresh copy of what a deploy is made from, with the modes that a clone has under some umask."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from localcloud.cdk import SOURCES


def copy(root: Path, folder: Path, *, umask: int) -> Path:
    """Copies the sources of ``root`` to ``folder``, which must not exist.

    Nothing that was built comes along, only the way to the local cloud's Python.
    """
    files, folders = 0o666 & ~umask, 0o777 & ~umask
    for source in _sources(root):
        target = folder / source.relative_to(root)
        for each in reversed(target.relative_to(folder).parents):
            if not (folder / each).exists():
                (folder / each).mkdir(parents=True)
                (folder / each).chmod(folders)
        shutil.copyfile(source, target)
        target.chmod(files)
    (folder / ".local").mkdir()
    (folder / ".local" / "emulator").symlink_to(root / ".local" / "emulator")
    return folder


def _sources(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        source = root / name
        for file in [source] if source.is_file() else sorted(source.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file
