"""Which Chromium the tests drive: one that is there, or one that can be had."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 300
FLAGS = ["--disable-background-networking"]
AS_ROOT = ["--no-sandbox", "--disable-gpu"]
"""Its sandbox refuses to work for root, as in most containers."""


def launched(playwright: Playwright) -> Browser:
    """A headless Chromium. Where there is none the tests are skipped, except under ``CI``."""
    executable = _there() or _playwrights(playwright) or _from_debian()
    if executable is None:
        complaint = "NO BROWSER TESTS: there is no Chromium, and none could be installed."
        if os.environ.get("CI"):
            pytest.fail(complaint)
        pytest.skip(complaint)
    flags = FLAGS + (AS_ROOT if os.geteuid() == 0 else [])
    return playwright.chromium.launch(executable_path=executable, args=flags)


def _there() -> str | None:
    return next((found for name in COMMANDS if (found := shutil.which(name))), None)


@cache
def _playwrights(playwright: Playwright) -> str | None:
    executable = playwright.chromium.executable_path
    if not Path(executable).exists():
        _tried(sys.executable, "-m", "playwright", "install", "chromium")
    return executable if Path(executable).exists() else None


@cache
def _from_debian() -> str | None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return None
    if not _tried(apt, "install", "--yes", "--no-install-recommends", "chromium"):
        _tried(apt, "update")
        _tried(apt, "install", "--yes", "--no-install-recommends", "chromium")
    return _there()


def _tried(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
