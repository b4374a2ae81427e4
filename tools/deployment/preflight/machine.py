"""This machine: the tools that deploy, and the packages that are deployed."""

from collections.abc import Iterator
from pathlib import Path

from deployment.preflight.findings import Case, Finding, ok, refused
from infra import bundling
from localcloud import cdk


def tools(case: Case) -> Iterator[Finding]:
    """Node.js and the CDK command line."""
    missing = [each for each in cdk.command_line(case.root) if not Path(each).exists()]
    if missing:
        yield refused(f"{' and '.join(missing)} cannot be found: run make setup.")
    else:
        yield ok("Node.js and the CDK command line are installed.")


def layers(case: Case) -> Iterator[Finding]:
    """The layers' packages for Lambda."""
    names = sorted(each.name for each in (case.root / "layers").iterdir() if each.is_dir())
    try:
        for name in names:
            bundling.build(name, bundling.LAMBDA, root=case.root)
    except bundling.BundlingError as error:
        yield refused(f"{str(error).rstrip('.')}.")
    else:
        target = bundling.LAMBDA
        yield ok(f"The {len(names)} layers are built for Python {target.python} on arm64.")
