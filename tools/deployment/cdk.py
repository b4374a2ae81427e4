"""`cdk` for an AWS account: the same choices for each of its commands."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deployment.account import Account
from localcloud import cdk


def run(
    root: Path, account: Account, command: str, *arguments: str, context: Mapping[str, str]
) -> int:
    """Runs ``cdk`` at the terminal; its exit code."""
    pairs = [part for key, value in sorted(context.items()) for part in ("-c", f"{key}={value}")]
    line = [*cdk.command_line(root), command, *arguments, *pairs, "--no-notices"]
    environment = {**os.environ, **account.environment}
    return subprocess.run(line, cwd=root, env=environment, check=False).returncode
