"""Cold starts: what each function imports, against ``import boto3``, and what it weighs.

As Lambda does it: the function's folder as it is deployed, its layers as they are built, boto3 from
the runtime, nothing else on the path. Seconds of CPU, since a cold start is computing.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.tables import Figures, table
from infra import bundling
from infra.functions import LAYERS

ROUNDS = 7
"""Of each, in turns. The best counts: other programs only ever add time."""

MIB = 1024 * 1024

PROGRAM = """
import sys, time
sys.path[:0] = {paths!r}
began = time.process_time()
import {module}
print(time.process_time() - began)
"""


def measure() -> Figures:
    """Prints and returns ratios and sizes by function."""
    here = bundling.Target(_answer("import sys; print('{}.{}'.format(*sys.version_info))"), None)
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        paths: dict[str, list[str]] = {"boto3": []}
        for name in LAYERS:
            paths[f"{name}.handler"] = [_deployed(name, Path(folder)), *_layers(name, here)]
        best = dict.fromkeys(paths, float("inf"))
        for _ in range(ROUNDS):
            for module, path in paths.items():
                took = float(_answer(PROGRAM.format(paths=path, module=module)))
                best[module] = min(best[module], took)
    rows = []
    for name in LAYERS:
        took = best[f"{name}.handler"]
        size = _mib(
            [bundling.ROOT / "functions" / name, *map(Path, _layers(name, bundling.LAMBDA))]
        )
        figures[f"import_ratio_{name}"] = took / best["boto3"]
        figures[f"package_mib_{name}"] = size
        rows.append((name, f"{took * 1000:.0f}", f"{took / best['boto3']:.2f}", f"{size:.1f}"))
    table(
        f"Cold start; `import boto3` alone takes {best['boto3'] * 1000:.0f} ms of CPU",
        ("", "import, ms CPU", "ratio", "MiB unzipped"),
        rows,
    )
    return figures


def _answer(program: str) -> str:
    """What a program prints that the runtime's own interpreter runs, in a process of its own."""
    command = [str(bundling.EMULATOR), "-B", "-I", "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _deployed(name: str, folder: Path) -> str:
    """The function as its package has it: without what Python has compiled."""
    target = folder / name
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(bundling.ROOT / "functions" / name, target / name, ignore=ignored)
    return str(target)


def _layers(name: str, target: bundling.Target) -> list[str]:
    return [str(bundling.build(layer, target).folder / "python") for layer in LAYERS[name]]


def _mib(folders: list[Path]) -> float:
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return sum(file.stat().st_size for file in files) / MIB
