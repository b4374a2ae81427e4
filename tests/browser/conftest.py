"""A real Chromium before the console of a real deployed stack."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from localcloud.demo.studio import COLOURS, SHAPES, photograph
from localcloud.stack import Stack
from tests.browser.chromium import launched
from tests.browser.console import TIMEOUT, Console, OpenConsole
from tests.deployed import ENDED, PATIENCE, Api
from tests.origin import Origin
from tests.pictures import encoded

expect.set_options(timeout=TIMEOUT)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups, also if only this folder is run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On the worker that has the local cloud."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.local)
            item.add_marker(pytest.mark.xdist_group("local"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: Playwright's event loop must not outlive it in this thread."""
    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture
def console(browser: Browser, stack: Stack) -> Iterator[OpenConsole]:
    """Opens consoles, with the key already entered unless ``key=None``."""
    with ExitStack() as opened:

        def open_console(**options: Any) -> Console:
            options.setdefault("key", stack.api_key)
            return opened.enter_context(Console(browser, stack, **options))

        yield open_console


@pytest.fixture(scope="session")
def origin() -> Iterator[Origin]:
    """A shop's picture server that also takes webhooks."""
    with Origin() as origin:
        for shape in SHAPES:
            for colour in ("amber", "moss", "sky"):
                picture = photograph(shape, COLOURS[colour], seed=shape + colour, size=(640, 480))
                body = encoded(picture, "JPEG", quality=92)
                headers = {"Content-Type": "image/jpeg"}
                origin.serve(f"/{shape}-{colour}.jpg", body, headers=headers)
        origin.serve("/size-chart.jpg", b"size;length in cm\n36;23.0\n")
        origin.serve("/members.jpg", status=403)
        origin.serve("/hook", status=204)
        yield origin


@dataclass(frozen=True)
class Catalogue:
    """A job that is completed, with failures, and with webhooks that arrived."""

    job_id: str
    images: int
    failed: int
    pictures: str
    """Host and port that its pictures come from."""


@pytest.fixture(scope="session")
def api(stack: Stack) -> Api:
    return Api(stack)


@pytest.fixture(scope="session")
def table(origin: Origin) -> str:
    """A CSV with good rows, bad rows, and links that lead nowhere."""
    lines = ["S. No.,Product Name,Input Image Urls"]
    for number, shape in enumerate(SHAPES, start=1):
        urls = ", ".join(
            origin.url(f"/{shape}-{colour}.jpg") for colour in ("amber", "moss", "sky")
        )
        lines.append(f'{number},{shape.title()},"{urls}"')
    bad = ("/gone.jpg", "/missing.jpg", "/size-chart.jpg", "/members.jpg")
    lines += [f"9,Old stock,{origin.url(path)}" for path in bad]
    lines += [f"10,,{origin.url('/mug-sky.jpg')}", "11,Picture to follow,n/a"]
    return "\r\n".join(lines) + "\r\n"


@pytest.fixture(scope="session")
def catalogue(api: Api, origin: Origin, table: str) -> Catalogue:
    job_id = api.submit(
        table.encode(), filename="spring-catalogue.csv", webhook_url=origin.url("/hook")
    )
    job = api.until(job_id, lambda job: job["status"] in ENDED)
    assert job["status"] == "completed"
    deadline = time.monotonic() + PATIENCE
    while True:
        items = api.call("GET", f"/v1/jobs/{job_id}/deliveries").json()["items"]
        if all(each["status"] == "delivered" for each in items):
            break
        assert time.monotonic() < deadline, items
        time.sleep(0.3)
    return Catalogue(
        job_id=job_id,
        images=job["images"]["total"],
        failed=job["images"]["failed"],
        pictures=urlsplit(origin.url("")).netloc,
    )
