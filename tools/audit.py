"""Looks every pinned package up among the known vulnerabilities: ``make audit``.

pip-audit counts a package that its service knows nothing about as skipped and ends well. Behind a
mirror that hands packages out and no more, that would be a clean bill for nothing; here it is not.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

Package = dict[str, Any]
"""As pip-audit shows it: ``name``, and ``version`` with ``vulns``, or ``skip_reason``."""

CLEAN, VULNERABLE, UNKNOWN = 0, 1, 2
"""Exit codes. Nothing that is part of `make check` depends on them: what is found today was not
made by the change under test."""


def main() -> int:
    packages: dict[str, Package] = {}
    for file in sorted(pin_files(ROOT)):  # two files may pin one package in two versions
        found = audit(file)
        if found is None:
            return UNKNOWN
        packages |= {f"{each['name']} {each.get('version', file)}": each for each in found}
    code, lines = judged(list(packages.values()))
    print("\n".join(lines))
    return code


def pin_files(root: Path) -> Iterator[Path]:
    """Every file of pinned packages: tools, layers, and the peers of the benchmarks."""
    yield from (root / "requirements").glob("*.txt")
    yield from (root / "layers").glob("*/requirements.txt")
    yield from (root / "bench").glob("requirements*.txt")


def audit(file: Path) -> list[Package] | None:
    """What pip-audit finds out about the packages of a file, or None if it could not; then it has
    been printed why."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"),
        *("--progress-spinner", "off", "--format", "json", "--requirement", str(file)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages: list[Package] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"The audit of {file.name} did not take place: {reason}", file=sys.stderr)
        return None
    return packages


def judged(packages: Sequence[Package]) -> tuple[int, list[str]]:
    """Exit code, and lines for the person at the terminal."""
    skipped = {each["name"] for each in packages if "skip_reason" in each}
    found = [
        f"{each['name']} {each['version']}: {fault['id']}, mended in "
        f"{', '.join(fault['fix_versions']) or 'no version yet'}"
        for each in packages
        for fault in each.get("vulns", ())
    ]
    of = f"{len({each['name'] for each in packages})} packages"
    if found:
        return VULNERABLE, [*found, f"{of}: {len(found)} known vulnerabilities."]
    if all("skip_reason" in each for each in packages):
        none = "the package index answers nothing about vulnerabilities, so none was looked up"
        return UNKNOWN, [f"{of}: {none}. Run this where pypi.org itself can be reached."]
    if skipped:
        unknown = ", ".join(sorted(skipped))
        return UNKNOWN, [f"{of}: no answer about {unknown}; none known in the others."]
    return CLEAN, [f"{of}: no known vulnerability."]


if __name__ == "__main__":
    sys.exit(main())
