"""Copies a Python into a room, with what it needs of this machine's system and no more."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from localcloud.errors import CloudError
from packages.binaries import SYSTEM
from packages.interpreter import Interpreter
from packages.rules import READABLE

SKIPPED = shutil.ignore_patterns(
    *("site-packages", "dist-packages", "test", "tests", "idlelib", "ensurepip", "tkinter"),
    *("turtledemo", "lib2to3", "pydoc_data", "config-3*", "*.a"),
)
"""Of the standard library: what is not part of it, and what is large and used by nobody here."""


def install(python: Interpreter, root: Path) -> None:
    """Copies the interpreter, its standard library, and the system's libraries for both.

    No program, time zone, certificate or setting of this machine comes along.

    Args:
        root: what will be the root folder of the room.

    Raises:
        CloudError: this system does not say what the interpreter needs of it.
    """
    lang = root / "var/lang"
    library = lang / "lib" / f"python{python.version}"
    for source in {python.stdlib, python.platstdlib}:
        shutil.copytree(
            *(source, library),
            ignore=SKIPPED,
            copy_function=linked_or_copied,
            dirs_exist_ok=True,
        )
    (lang / "bin").mkdir()
    program = lang / "bin" / f"python{python.version}"
    shutil.copy(python.executable, program)
    (lang / "bin/python").symlink_to(program.name)
    modules = list((library / "lib-dynload").glob("*.so"))
    for source in {*_linked([python.executable, *modules]), *_of_the_system()}:
        # Those that lie with the interpreter are found by LD_LIBRARY_PATH.
        ours = source.is_relative_to(python.stdlib.parent)
        target = lang / "lib" / source.name if ours else root / str(source).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def linked_or_copied(source: str, target: str) -> None:
    """Links what everybody may read, because a link costs nothing; copies the rest."""
    if Path(source).stat().st_mode & READABLE == READABLE:
        try:
            os.link(source, target)
        except OSError:  # another file system
            shutil.copy2(source, target)
    else:
        shutil.copy2(source, target)


def _linked(files: Iterable[Path]) -> set[Path]:
    """The libraries that the system's loader would load for them, itself among these."""
    done = subprocess.run(["ldd", *map(str, files)], capture_output=True, text=True, check=False)
    found = set()
    for line in done.stdout.splitlines():
        path = line.partition("=>")[2] or line
        path = path.strip().partition(" (")[0]
        if path.startswith("/") and Path(path).is_file():
            found.add(Path(path))
    if not found:
        raise CloudError(f"`ldd` did not say what Python needs of this system: {done.stderr}")
    return found


def _of_the_system() -> set[Path]:
    """Those that packages may expect on Lambda, where this machine has them."""
    done = subprocess.run(
        [shutil.which("ldconfig") or "/sbin/ldconfig", "-p"],
        capture_output=True,
        text=True,
        check=False,
    )
    machine = {"x86_64": "x86-64", "aarch64": "AArch64"}.get(os.uname().machine, "")
    found = set()
    for line in done.stdout.splitlines():
        name, _, rest = line.strip().partition(" (")
        kind, _, path = rest.partition(") => ")
        if name in SYSTEM and machine in kind:
            found.add(Path(path))
    return found
