"""Programs that are run for what they do to this machine."""

import os
import subprocess
from collections.abc import Mapping, Sequence


def complaint(
    name: str,
    command: Sequence[str],
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Runs a program; why it failed in the end of its own words, nothing if it did not.

    Args:
        name: what it is called in the complaint.
        environment: variables beside those of this process.
    """
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"`{name}` took longer than {seconds:.0f} s"
    except OSError as error:
        return f"`{name}` cannot be run: {error.strerror}"
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    return f"`{name}` failed: {' / '.join(_telling(lines)) or 'it said nothing'}"


def _telling(lines: list[str]) -> list[str]:
    """The last few lines that are errors, else the last few lines."""
    errors = [line for line in lines if line.startswith(("E: ", "Error", "W: Failed"))]
    return list(dict.fromkeys(errors or lines))[-3:]
