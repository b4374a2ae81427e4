"""The console in a browser, as its tests see it: every complaint of the browser counts."""

import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from localcloud.stack import Stack

TIMEOUT = 120_000
"""Milliseconds for anything that is waited for; the machine may be busy."""

DESK = (1280, 860)
PHONE = (375, 740)
SMALLEST = (320, 640)


class Console:
    """One browser context with one page. On leaving, nothing may have gone wrong in it.

    Attributes:
        expected: patterns of what the browser may complain of in this test.
        hosts: where requests may go beside the API's own host.
        requests: all that were sent, in order.
    """

    def __init__(
        self,
        browser: Browser,
        stack: Stack,
        *,
        size: tuple[int, int] = DESK,
        theme: str = "dark",
        key: str | None = None,
        **more: Any,
    ) -> None:
        width, height = size
        self.stack = stack
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="light" if theme == "light" else "dark",
            accept_downloads=True,
            **{"locale": "en-GB", "timezone_id": "Europe/London", **more},
        )
        self.context.set_default_timeout(TIMEOUT)
        if key is not None:
            self.context.add_init_script(f"sessionStorage.setItem('darkroom.key', {key!r})")
        self.page: Page = self.context.new_page()
        self.expected: list[str] = []
        self.hosts: set[str] = {urlsplit(stack.api_url).netloc}
        self.requests: list[Request] = []
        self._complaints: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._complaints.append(f"uncaught: {error}"))
        self.page.on("request", self._sent)
        self.page.on("dialog", lambda dialog: self._complaints.append(f"dialog: {dialog.message}"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.context.close()
        if kind is None:
            self.check()

    def check(self) -> None:
        """Nothing was complained of, and nobody else was asked for anything."""
        left = [
            each
            for each in self._complaints
            if not any(re.search(pattern, each) for pattern in self.expected)
        ]
        assert left == []
        asked = {urlsplit(request.url).netloc for request in self.requests}
        assert asked - {""} <= self.hosts

    def open(self, view: str = "") -> Page:
        """Goes to a view of the console; its first heading is there."""
        self.page.goto(f"{self.stack.console_url}#/{view}")
        self.page.wait_for_selector("h1")
        return self.page

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """Lets the page go on until something is so; it handles what the page asks meanwhile."""
        deadline = time.monotonic() + TIMEOUT / 1_000
        while not reached():
            assert time.monotonic() < deadline
            self.page.wait_for_timeout(50)

    def sent(self, method: str, path: str) -> list[Request]:
        """The requests of a method whose path, below the API's address, matches."""
        base = urlsplit(self.stack.api_url).path
        return [
            request
            for request in self.requests
            if request.method == method
            and re.fullmatch(path, urlsplit(request.url).path.removeprefix(base))
        ]

    def _sent(self, request: Request) -> None:
        self.requests.append(request)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(f"{message.type}: {message.text}")


OpenConsole = Callable[..., Console]
