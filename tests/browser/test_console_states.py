"""What the console shows when there is nothing, not yet something, or something is wrong.

A healthy deployed stack cannot be brought into some of these states: there the browser's requests
are answered in its place.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Catalogue
from tests.browser.console import Console, OpenConsole
from tests.deployed import Api
from tests.origin import Origin

JOBS = re.compile(r"/v1/jobs(\?|$)")
A_JOB = re.compile(r"/v1/jobs/[0-9a-f-]+$")
EVIL = "<img src=x onerror=document.title=1>"

Answer = Callable[[Route], None]


def problem(status: int, code: str, **headers: str) -> Answer:
    body = json.dumps({"status": status, "code": code, "detail": f"It is {code}."})
    kind = "application/problem+json"
    return lambda route: route.fulfill(status=status, body=body, headers=headers, content_type=kind)


def count(opened: Console, path: str = "/v1/jobs") -> int:
    return len(opened.sent("GET", path))


def set_hidden(page: Page, hidden: bool) -> None:
    """As if the user went to another tab, or came back."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_tenant_without_jobs_is_led_to_the_first_one(console: OpenConsole) -> None:
    opened = console()
    nothing: dict[str, Any] = {"items": [], "next_cursor": None}
    opened.page.route(JOBS, lambda route: route.fulfill(json=nothing))
    page = opened.open()
    expect(page.get_by_text("The trays are empty")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="New job").click()
    expect(page.get_by_role("heading", name="New job")).to_be_visible()


def test_what_is_on_its_way_is_announced(console: OpenConsole) -> None:
    opened = console()
    held: list[Route] = []
    # A function: Playwright leaves a mark on it.
    opened.page.route(JOBS, lambda route: held.append(route))  # noqa: PLW0108
    page = opened.open()
    expect(page.get_by_role("status").filter(has_text="Loading jobs")).to_be_attached()
    for route in held:
        route.fulfill(json={"items": [], "next_cursor": None})
    expect(page.get_by_text("The trays are empty")).to_be_visible()


def test_an_error_says_what_it_is_and_can_be_tried_again(console: OpenConsole) -> None:
    opened = console()
    opened.expected.append("422")
    opened.page.route(JOBS, problem(422, "invalid_request"), times=1)
    page = opened.open()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("It is invalid_request.")
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0)


def test_a_key_that_is_revoked_meanwhile_is_asked_for_again(console: OpenConsole) -> None:
    opened = console()
    opened.expected.append("401")
    page = opened.open()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    page.route(re.compile("/v1/"), problem(401, "unauthorized"))
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_label("API key")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("It is unauthorized.")


def test_too_many_requests_wait_as_long_as_the_api_asks(console: OpenConsole) -> None:
    opened = console()
    opened.expected.append("429")
    opened.page.route(JOBS, problem(429, "", **{"retry-after": "8"}), times=1)
    page = opened.open()
    expect(page.get_by_text("Too many requests at once. Trying again in 8 s.")).to_be_visible()
    page.wait_for_timeout(2_500)
    assert count(opened) == 1
    expect(page.get_by_role("table").or_(page.get_by_text("trays"))).to_be_visible()
    expect(page.get_by_text("Too many requests")).to_have_count(0)


def test_a_service_that_is_away_is_waited_for(console: OpenConsole) -> None:
    opened = console()
    opened.expected.append("503")
    opened.page.route(JOBS, problem(503, "database_unavailable"), times=1)
    page = opened.open()
    expect(page.get_by_text("Darkroom cannot be reached at the moment.")).to_be_visible()
    expect(page.get_by_role("table").or_(page.get_by_text("trays"))).to_be_visible()
    expect(page.get_by_text("cannot be reached")).to_have_count(0)


def test_offline_nothing_is_lost_and_all_goes_on(console: OpenConsole) -> None:
    opened = console()
    opened.expected.append("ERR_INTERNET_DISCONNECTED")
    page = opened.open("new")
    opened.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    table = b"name,images\nCup,https://shop.example/cup.jpg\n"
    page.set_input_files("#file", {"name": "cups.csv", "mimeType": "text/csv", "buffer": table})
    expect(page.get_by_text("There is no connection to Darkroom.")).to_be_visible()
    opened.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".verdict")).to_contain_text("Nothing is wrong with it: 1 row, 1 image.")


@pytest.fixture
def active(api: Api, catalogue: Catalogue) -> dict[str, Any]:
    """A job as the API shows one under way."""
    job = api.job(catalogue.job_id)
    counts = {"total": 100, "pending": 60, "succeeded": 40, "failed": 0}
    return job | {"status": "processing", "images": counts, "progress": 0.4}


def test_an_active_job_is_polled_by_its_etag_and_not_in_a_hidden_tab(
    console: OpenConsole, catalogue: Catalogue, active: dict[str, Any]
) -> None:
    seen: list[str | None] = []

    def answer(route: Route) -> None:
        tag = route.request.headers.get("if-none-match")
        seen.append(tag)
        headers = {"etag": '"one"', "retry-after": "1"}
        if tag == '"one"':
            route.fulfill(status=304, headers=headers)
        else:
            route.fulfill(json=active, headers=headers)

    opened = console()
    opened.page.route(A_JOB, answer)
    page = opened.open(f"jobs/{catalogue.job_id}")
    expect(page.get_by_text("Developing")).to_be_visible()
    opened.wait_until(lambda: len(seen) > 1)
    assert seen[:2] == [None, '"one"']
    set_hidden(page, True)
    page.wait_for_timeout(500)
    before = len(seen)
    page.wait_for_timeout(2_500)
    assert len(seen) <= before + 1  # one may have been under way
    before = len(seen)
    set_hidden(page, False)
    opened.wait_until(lambda: len(seen) > before)


def test_the_time_left_is_told_once_it_can_be_told(
    console: OpenConsole, catalogue: Catalogue, active: dict[str, Any]
) -> None:
    asked = 0

    def answer(route: Route) -> None:
        nonlocal asked
        asked += 1
        counts = {"total": 1_000, "pending": 1_000 - asked * 10, "succeeded": asked * 10}
        job = active | {"images": {**counts, "failed": 0}, "progress": asked / 100}
        route.fulfill(json=job, headers={"etag": f'"{asked}"', "retry-after": "1"})

    opened = console()
    opened.page.route(A_JOB, answer)
    page = opened.open(f"jobs/{catalogue.job_id}")
    expect(page.get_by_text(re.compile(r"about \d+ (s|min) left"))).to_be_visible()


def test_an_answer_that_comes_late_leaves_the_view_that_was_opened_since_alone(
    console: OpenConsole, catalogue: Catalogue, active: dict[str, Any]
) -> None:
    opened = console()
    held: list[Route] = []
    opened.page.route(A_JOB, lambda route: held.append(route))  # noqa: PLW0108 (as above)
    page = opened.page
    page.goto(f"{opened.stack.console_url}#/jobs/{catalogue.job_id}")
    expect(page.get_by_role("status").filter(has_text="Loading the job")).to_be_attached()
    page.get_by_role("link", name="New job").click()
    expect(page.get_by_role("heading", name="New job")).to_be_visible()
    for route in held:
        with suppress(PlaywrightError):  # the page no longer wants it
            route.fulfill(json=active)
    page.wait_for_timeout(500)
    expect(page.get_by_role("heading", level=1)).to_have_text("New job")


def test_a_job_that_could_not_be_loaded_for_once_is_shown_again(
    console: OpenConsole, catalogue: Catalogue, active: dict[str, Any]
) -> None:
    opened = console()
    opened.expected.append("404")
    # What was set last comes first.
    opened.page.route(A_JOB, lambda route: route.fulfill(json=active))
    opened.page.route(A_JOB, problem(404, "job_not_found"), times=1)
    first = {"etag": '"one"', "retry-after": "1"}
    opened.page.route(A_JOB, lambda route: route.fulfill(json=active, headers=first), times=1)
    page = opened.open(f"jobs/{catalogue.job_id}")
    page.get_by_role("alert").get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Developing")).to_be_visible()


def test_a_rejected_job_says_why(console: OpenConsole, api: Api) -> None:
    job_id = api.submit(b"colour\nred\n", filename="colours.csv")
    api.until(job_id, lambda job: job["status"] == "rejected")
    page = console().open(f"jobs/{job_id}")
    expect(page.get_by_text("missing column")).to_be_visible()
    expect(page.get_by_text("None has come of it.")).to_be_visible()
    expect(page.get_by_text("This job was made without one.")).to_be_visible()
    expect(page.get_by_role("button", name="Result")).to_have_count(0)


def test_what_users_send_is_text_and_never_markup(
    console: OpenConsole, api: Api, origin: Origin
) -> None:
    opened = console()
    page = opened.open("new")
    url = "javascript:document.title=1"
    table = f"{EVIL},name,images\nx,,{url}\nx,Cup,{url} {origin.url('/a')}\n"
    page.set_input_files(
        "#file", {"name": f"{EVIL}.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    expect(page.locator(".verdict")).to_contain_text("It can be used.")
    expect(page.get_by_text(f"{EVIL}.csv")).to_be_visible()
    expect(page.get_by_role("list", name="Columns")).to_contain_text(EVIL)
    page.get_by_role("button", name="Start the job").click()
    expect(page.get_by_role("heading", name=EVIL)).to_be_visible()
    job_id = page.url.rpartition("/")[2]
    api.until(job_id, lambda job: job["status"] == "completed")
    page.get_by_role("button", name=re.compile("Invalid URL")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(url)).to_be_visible()
    expect(dialog.get_by_role("link")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Jobs", exact=True).first.click()
    expect(page.get_by_role("link", name=EVIL).first).to_be_visible()
    assert page.evaluate("document.querySelectorAll('img[onerror], img[src=x]').length") == 0
    assert page.title() == "Jobs · Darkroom"
