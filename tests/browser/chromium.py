"""Which Chromium the tests drive: one that is there, or one that can be had."""

import os
import shutil
import sys
from dataclasses import dataclass
from functools import cache

import pytest
from playwright.sync_api import Browser, Playwright

from tests.browser import apt
from tests.browser.commands import complaint

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = ["--disable-background-networking"]
AS_ROOT = ["--no-sandbox", "--disable-gpu"]
"""Its sandbox refuses to work for root, as in most containers."""

STARTING = 60
"""Seconds in which it must tell its version."""

DOWNLOAD = (sys.executable, "-m", "playwright", "install", "chromium")
DOWNLOADING = 600
"""Seconds for Playwright's own; without a network it gives up within ten."""

NO_CONNECTION = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000"}
"""Milliseconds in which a server must answer, of which five are asked. Usually they are 30,000."""


@dataclass(frozen=True)
class Search:
    """The program that was found, if any, and why nothing before it would do."""

    program: str | None
    complaints: tuple[str, ...]


def launched(playwright: Playwright) -> Browser:
    """A headless Chromium. Where there is none the tests are skipped, except under ``CI``."""
    found = search(playwright.chromium.executable_path)
    if found.program is None:
        told = "; ".join(found.complaints)
        give_up(f"NO BROWSER TESTS: there is no Chromium, and none could be installed: {told}")
    flags = FLAGS + (AS_ROOT if os.geteuid() == 0 else [])
    return playwright.chromium.launch(executable_path=found.program, args=flags)


def give_up(reason: str) -> None:
    """Skips a test, or fails it where nobody would read that it was skipped."""
    if os.environ.get("CI", "").lower() in {"", "0", "false"}:
        pytest.skip(reason)
    pytest.fail(reason, pytrace=False)


@cache
def search(playwrights: str) -> Search:
    """Looks for a Chromium that runs, and installs one if need be: once in each process.

    Args:
        playwrights: where Playwright keeps its own, if it has it.
    """
    complaints: list[str] = []
    found = _of_this_machine(complaints) or _playwrights(playwrights, complaints)
    if found is None and apt.is_there():
        with apt.alone():
            # Another run may have installed it in the meantime.
            found = _of_this_machine([]) or _debians(complaints)
    return Search(found, tuple(complaints))


def _of_this_machine(complaints: list[str]) -> str | None:
    there = filter(None, map(shutil.which, COMMANDS))
    return next((program for program in there if _runs(program, complaints)), None)


def _playwrights(program: str, complaints: list[str]) -> str | None:
    if shutil.which(program) is None:
        failed = complaint(
            "playwright install", DOWNLOAD, seconds=DOWNLOADING, environment=NO_CONNECTION
        )
        if failed:
            complaints.append(failed)
            return None
    return program if _runs(program, complaints) else None


def _debians(complaints: list[str]) -> str | None:
    failed = apt.install("chromium")
    if failed:
        complaints.append(failed)
        return None
    return _of_this_machine(complaints)


def _runs(program: str, complaints: list[str]) -> bool:
    """Whether it is more than a hint where to get one, and has the libraries that it needs."""
    failed = complaint(program, (program, "--version"), seconds=STARTING)
    if failed:
        complaints.append(failed)
    return not failed
