"""A PostgreSQL that speaks TLS. The wheel's cannot, so this is one of the operating system's."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

FOLDERS = (
    "/usr/lib/postgresql/*",  # Debian and Ubuntu
    "/usr/pgsql-*",  # Red Hat
    "/opt/homebrew/opt/postgresql@*",
    "/usr/local/opt/postgresql@*",
)
APT_SECONDS = 300


def installation() -> Path:
    """Its folder. Where there is none the tests are skipped, except under ``CI``."""
    found = _there() or _from_debian()
    if found is not None:
        return found
    complaint = "NO TLS TESTS: there is no PostgreSQL with TLS, and none could be installed."
    if os.environ.get("CI"):
        pytest.fail(complaint)
    pytest.skip(complaint)


def _there() -> Path | None:
    beside = shutil.which("postgres")
    folders = [Path(beside).parents[1]] if beside else []
    for pattern in FOLDERS:
        folders += sorted(Path("/").glob(pattern[1:]), reverse=True)
    return next(filter(_has_tls, folders), None)


def _has_tls(folder: Path) -> bool:
    """Whether it is a whole server, built with OpenSSL."""
    if not all((folder / "bin" / name).exists() for name in ("postgres", "initdb")):
        return False
    return b"SSL is not supported by this build" not in (folder / "bin" / "postgres").read_bytes()


@cache
def _from_debian() -> Path | None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return None
    install = (apt, "-o", "DPkg::Lock::Timeout=120", "install", "--yes", "--no-install-recommends")
    if not _done(*install, "postgresql"):
        _done(apt, "update")
        _done(*install, "postgresql")
    return _there()


def _done(*command: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=APT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
