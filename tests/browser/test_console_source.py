"""The console's sources: their types and their form, by the tools that the field uses."""

import json
import subprocess
from pathlib import Path

import pytest

from localcloud import setup
from tests.cloud import ROOT

STATIC = ROOT / "functions" / "api" / "console" / "static"
COMPILER_OPTIONS = {
    "allowJs": True,
    "checkJs": True,
    "noEmit": True,
    "strict": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "target": "es2024",
    "module": "es2022",
    "moduleResolution": "bundler",
    "lib": ["es2024", "dom", "dom.iterable"],
    "types": [],
}


@pytest.fixture(scope="module")
def tools() -> Path:
    return setup.node_tool(ROOT, "console", "what checks the web console")


def run(*command: str | Path) -> str:
    node = ROOT / ".venv" / "bin" / "node"
    done = subprocess.run([node, *command], capture_output=True, text=True, check=False, cwd=ROOT)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_scripts_are_typed(tools: Path, tmp_path: Path) -> None:
    project = tmp_path / "tsconfig.json"
    files = [f"{STATIC}/scripts/**/*.js"]
    project.write_text(json.dumps({"compilerOptions": COMPILER_OPTIONS, "include": files}))
    assert run(tools / "tsc", "--project", project) == ""


def test_scripts_and_styles_are_formatted(tools: Path) -> None:
    assert run(tools / "prettier", "--check", STATIC) == ""
