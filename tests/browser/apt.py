"""Debian's packages, where root runs the tests, beside other programs that install some."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.commands import complaint

STATE = Path("/var/lib/apt")
"""What two runs of the tests lock, since apt waits for its first lock alone."""

WAITING = 600
"""Seconds until another program, such as an upgrade in the background, has let go of the locks."""

LONGEST = 1_800
"""Seconds. To end apt while it unpacks would leave the machine's packages half-installed."""

OPTIONS = (
    *("-o", f"DPkg::Lock::Timeout={WAITING}"),
    *("-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"),
)


def is_there() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


@contextmanager
def alone() -> Iterator[None]:
    """Waits until no other run of the tests installs anything."""
    folder = os.open(STATE, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install(package: str) -> str:
    """Installs a package; what apt complained of, nothing if it is installed.

    Without its lists, or with old ones, apt finds no package: they are brought up to date first.
    """
    outdated = _apt("update")
    failed = _apt("install", "--yes", "--no-install-recommends", package)
    return failed and "; ".join(filter(None, (outdated, failed)))


def _apt(*arguments: str) -> str:
    deadline = time.monotonic() + WAITING
    while True:
        said = complaint(
            f"apt-get {arguments[0]}",
            ("apt-get", *OPTIONS, *arguments),
            seconds=LONGEST,
            environment={"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
        )
        if "Could not get lock" not in said or time.monotonic() > deadline:
            return said
        time.sleep(5)
