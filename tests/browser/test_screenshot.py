"""The picture of the console in the README: `make screenshot` takes it anew."""

import io
import os
import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import Catalogue
from tests.browser.console import OpenConsole

LARGEST = 200_000
SIZE = (1280, 800)


def test_a_completed_job_looks_good_enough_for_the_readme(
    console: OpenConsole, catalogue: Catalogue
) -> None:
    page = console(size=SIZE).open(f"jobs/{catalogue.job_id}")
    expect(page.get_by_role("img", name=re.compile("Not found"))).to_be_visible()
    # Stored images are shown as they come near; these are in sight.
    page.wait_for_function(
        "document.querySelectorAll('.sheet img').length >= 6 && "
        "[...document.querySelectorAll('.sheet img')].slice(0, 6).every(each => each.naturalWidth)"
    )
    shown = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    # Without the two lowest bits, which nobody sees, it has half the bytes.
    coarser = shown.point(lambda level: level >> 2 << 2)
    taken = io.BytesIO()
    coarser.save(taken, "PNG", optimize=True)
    assert len(taken.getvalue()) < LARGEST
    assert shown.size == SIZE
    if target := os.environ.get("DARKROOM_SCREENSHOT"):
        Path(target).write_bytes(taken.getvalue())
