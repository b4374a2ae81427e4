"""Layers as Lambda wants them: packages for the target's processor beside our code, without Docker.

Everything is kept under ``.local`` by what it was made from, so a second synth installs nothing and
asks no package index.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.folders import FILE_MODE, FOLDER_MODE, contents, digest, made_once

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".local" / "layers"
FUNCTIONS_CACHE = ROOT / ".local" / "functions"
EMULATOR = ROOT / ".local" / "emulator" / "bin" / "python"
"""The local cloud's own Python, which is the one that Lambda has wherever that could be had."""

NOISE = ("__pycache__", "tests", "RECORD", "INSTALLER", "REQUESTED", "uv_cache.json", ".lock")
"""What an installation leaves behind that no function reads, or that differs from run to run."""

MODES = f"{FILE_MODE:o} {FOLDER_MODE:o}"
"""Folders that were made with others are made again."""

INSTALLED_AT = "/opt/python"
"""Where Lambda has a layer's packages. Compiled code names its source by it, and Python shows lines
of that file in the traceback of an error."""


class BundlingError(Exception):
    """A layer's packages could not be installed."""


@dataclass(frozen=True)
class Target:
    """Where a layer is going to run."""

    python: str
    """Version of the interpreter, ``3.13``."""
    platform: str | None
    """As ``uv --python-platform`` names it; ``None`` is this machine."""


LAMBDA = Target(python="3.13", platform="aarch64-manylinux_2_34")
"""Amazon Linux 2023 on arm64, which has glibc 2.34."""


@dataclass(frozen=True)
class Asset:
    """A folder to be zipped, and a hash of what it was made from."""

    folder: Path
    digest: str


def build(name: str, target: Target, *, root: Path = ROOT, cache: Path = CACHE) -> Asset:
    """Puts together ``layers/<name>``: a folder with ``python/`` in it.

    Raises:
        BundlingError: a package has no wheel for the target, or its hash is wrong.
    """
    source = root / "layers" / name
    packages = _packages(source / "requirements.txt", target, cache)
    code = source / "python"
    made_from = digest(packages.name, *contents(code))

    def fill(folder: Path) -> None:
        # Hard links: the same packages again for each change of our code cost no space.
        shutil.copytree(packages, folder / "python", copy_function=_link)
        for own in code.iterdir():
            copied = folder / "python" / own.name
            shutil.copytree(own, copied, ignore=shutil.ignore_patterns("__pycache__"))
            _compile(copied, target, within=folder / "python")

    return Asset(made_once(cache / f"{name}-{made_from}", fill), made_from)


def function_code(name: str, *, root: Path = ROOT, cache: Path = FUNCTIONS_CACHE) -> Asset:
    """Copies ``functions/<name>``, so that a module has the same name on Lambda as everywhere else.

    A copy, because the files of a checkout may be for their owner only.
    """
    source = root / "functions" / name
    made_from = digest(name, MODES, *contents(source))

    def fill(folder: Path) -> None:
        shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))

    return Asset(made_once(cache / f"{name}-{made_from}", fill), made_from)


def _packages(requirements: Path, target: Target, cache: Path) -> Path:
    pins = requirements.read_bytes() if requirements.exists() else b""
    for_whom = (
        target.python,
        target.platform or _this_machine(),
        str(_interpreter(target.python) is not None),
    )
    name = f"packages-{digest(pins, *for_whom, *NOISE, INSTALLED_AT, MODES)}"

    def fill(folder: Path) -> None:
        if pins:
            _install(requirements, target, folder)
        scripts = folder / "bin"  # they name this machine's interpreter
        for each in sorted(folder.rglob("*"), reverse=True):
            if each.name in NOISE or each == scripts:
                shutil.rmtree(each) if each.is_dir() else each.unlink()
        _compile(folder, target, within=folder)

    return made_once(cache / name, fill)


def _install(requirements: Path, target: Target, folder: Path) -> None:
    command = [
        *(_uv(), "pip", "install", "--quiet", "--no-progress"),
        *("--target", str(folder), "--requirement", str(requirements)),
        *("--require-hashes", "--only-binary", ":all:", "--link-mode", "copy"),
        *("--python", sys.executable, "--python-version", target.python),
        *(("--python-platform", target.platform) if target.platform else ()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BundlingError(
            f"{requirements} cannot be installed for Python {target.python} on "
            f"{target.platform or _this_machine()}: {done.stderr.strip()}"
        )


def _compile(folder: Path, target: Target, *, within: Path) -> None:
    """Halves a cold start: neither Lambda nor the local cloud keeps what Python compiles there.

    Without the target's Python on this machine layers work all the same. What does not compile (a
    package's code for another Python) is left as it is.

    Args:
        within: the folder that will be ``INSTALLED_AT``.
    """
    python = _interpreter(target.python)
    if python is not None:
        # Archives change the times of files, by which Python would judge compiled code otherwise.
        how = ("-q", "--invalidation-mode", "unchecked-hash", "-s", str(within))
        command = [python, "-m", "compileall", *how, "-p", INSTALLED_AT, str(folder)]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603


@cache
def _interpreter(version: str) -> str | None:
    """A Python of that version, for whatever processor: compiled code is the same on all."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    for each in (sys.executable, str(EMULATOR), shutil.which(f"python{version}")):
        if each and Path(each).exists():
            answer = subprocess.run([each, "-c", ask], capture_output=True, text=True, check=False)  # noqa: S603
            if answer.stdout.strip() == version:
                return each
    return None


def _uv() -> str:
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise BundlingError(
            f"uv builds the layers, but is neither beside {sys.executable} nor on PATH"
        )
    return found


def _this_machine() -> str:
    system = os.uname()
    return f"{system.sysname}-{system.machine}"


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
