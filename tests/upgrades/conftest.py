"""The last release, beside this one."""

import os
from pathlib import Path

import pytest

from localcloud import releases
from tests.upgrades.last_release import LastRelease

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def last_release() -> LastRelease:
    """Its code. Where this clone has no history, what needs it is skipped, but not in CI."""
    try:
        return LastRelease(releases.checkout(ROOT, releases.last(ROOT)))
    except releases.ReleaseMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
