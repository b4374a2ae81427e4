"""The commands of ``docs/operations.md``, run as they stand there: what is rehearsed is what an
operator will type."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deployment.errors import DeploymentError

PAGE = Path("docs") / "operations.md"
BEGINNING = "Operations"
"""The page's title, and so the name of what stands before its first section."""


def commands(page: str, section: str) -> str:
    """The indented lines of a section, in their order.

    Raises:
        DeploymentError: the page has no such section with commands.
    """
    parts = re.split(r"(?m)^#+ (.+)\n", page)
    texts = dict(zip(parts[1::2], parts[2::2], strict=True))
    lines = [line[4:] for line in texts.get(section, "").splitlines() if line.startswith("    ")]
    if not lines:
        raise DeploymentError(f"{PAGE} has no commands in a section {section!r}.")
    return "\n".join(lines) + "\n"


def missing_tools() -> str:
    """What the commands need and this machine lacks, or nothing."""
    return ", ".join(each for each in ("bash", "aws", "python3") if shutil.which(each) is None)


def run(
    root: Path, section: str, *, environment: Mapping[str, str], replaced: Mapping[str, str]
) -> None:
    """Runs a section's commands at the terminal, after the page's first ones, until one fails.

    Args:
        replaced: lines that only the operator can fill in, by what they begin with.

    Raises:
        DeploymentError: one of them failed.
    """
    page = (root / PAGE).read_text("utf-8")
    script = commands(page, BEGINNING) + commands(page, section)
    lines = [
        next((line for start, line in replaced.items() if each.startswith(start)), each)
        for each in script.splitlines()
    ]
    command = ["bash", "-eu", "-o", "pipefail", "-c", "\n".join(lines)]
    done = subprocess.run(command, cwd=root, env={**os.environ, **environment}, check=False)
    if done.returncode:
        raise DeploymentError(
            f"A command of {section!r} in {PAGE} failed with {done.returncode}; its own words are "
            "above."
        )
