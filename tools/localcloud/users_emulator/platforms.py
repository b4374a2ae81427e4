"""What the layers have to be built for, told from what a function found."""

import platform
import sys
from collections.abc import Mapping
from typing import Any

from localcloud.backends import Runtime
from localcloud.errors import CloudError

OLDEST_PYTHON = (3, 11)
LAMBDA_GLIBC = 34
"""Of Amazon Linux 2023, 2.34: packages for it run wherever glibc is as new."""
GLIBC = (17, 28, *range(31, LAMBDA_GLIBC + 1))
"""Minor versions of glibc that uv has a platform for."""
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def runtime(facts: Mapping[str, Any], api_url: str) -> Runtime:
    """
    Args:
        facts: as ``trial_function`` says them.

    Raises:
        CloudError: no layers can be built for that.
    """
    version = str(facts["python"])
    if tuple(map(int, version.split("."))) < OLDEST_PYTHON:
        raise CloudError(
            f"The emulator runs functions with Python {version}; Darkroom needs "
            f"{'.'.join(map(str, OLDEST_PYTHON))} or newer."
        )
    host, at = facts["this_machine"] or ("", "")
    return Runtime(
        python_version=version,
        platform=uv_platform(facts["system"], facts["machine"], facts["libc"]),
        api_url=api_url,
        endpoint_url=str(facts["endpoint_url"]).rstrip("/"),
        this_machine=host,
        this_machine_address=at,
    )


def uv_platform(system: str, machine: str, libc: str) -> str | None:
    """As uv names it; ``None`` for a system like this machine's own that it needs no name for.

    Args:
        libc: ``glibc 2.34``, or ``musl``.

    Raises:
        CloudError: it is neither Linux nor like this machine.
    """
    processor = MACHINES.get(machine.lower())
    if system == "Linux" and processor:
        if not libc.startswith("glibc 2."):
            return f"{processor}-unknown-linux-musl"
        minor = int(libc.removeprefix("glibc 2."))
        if minor >= GLIBC[0]:
            return f"{processor}-manylinux_2_{max(each for each in GLIBC if each <= minor)}"
    if (system, machine) == (platform.system(), platform.machine()) and sys.platform != "linux":
        return None
    raise CloudError(
        f"The emulator runs functions on {system} {machine} {libc}, for which no layers can be "
        "built here; use one that runs them on Linux with an x86-64 or arm64 processor."
    )
