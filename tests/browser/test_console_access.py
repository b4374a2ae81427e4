"""For everybody: by keyboard, by screen reader, on a phone, in both themes, and light to load."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from localcloud import setup
from localcloud.stack import Stack
from tests.browser.conftest import Catalogue
from tests.browser.console import PHONE, SMALLEST, Console, OpenConsole
from tests.cloud import ROOT

VIEWS = ("jobs", "new", "report", "job", "image", "calls", "webhooks", "key")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, which checks a page by the rules of WCAG."""
    folder = setup.node_tool(ROOT, "console", "what checks the web console").parent
    return (folder / "axe-core" / "axe.min.js").read_text("utf-8")


def show(opened: Console, view: str, catalogue: Catalogue, table: str) -> Page:
    """Brings the page to a view with something in it."""
    page = opened.page
    match view:
        case "key":
            opened.open()
            page.get_by_role("button", name="Forget the key").click()
            expect(page.get_by_label("API key")).to_be_visible()
        case "jobs":
            opened.open()
            expect(page.get_by_role("table")).to_be_visible()
        case "new":
            opened.open("new")
        case "report":
            opened.open("new")
            buffer = table.encode()
            page.set_input_files(
                "#file", {"name": "products.csv", "mimeType": "text/csv", "buffer": buffer}
            )
            expect(page.locator(".verdict")).to_contain_text("2 rows will be left out.")
        case "job" | "image":
            opened.open(f"jobs/{catalogue.job_id}")
            expect(page.get_by_role("img", name=re.compile("Not found"))).to_be_visible()
            page.get_by_role("group").filter(has_text="job.completed").locator("summary").click()
            expect(page.get_by_role("button", name=re.compile("^Image 1 "))).to_be_visible()
            if view == "image":
                page.get_by_role("button", name=re.compile("^Image 1 ")).click()
                expect(page.get_by_role("slider")).to_be_visible()
        case "calls":
            show(opened, "report", catalogue, table)
            page.get_by_role("button", name="Calls as curl").click()
        case "webhooks":
            opened.open("webhooks")
            expect(page.get_by_role("button", name="Replace it")).to_be_visible()
    return page


def test_every_view_follows_the_rules_of_accessibility(
    console: OpenConsole, catalogue: Catalogue, table: str, axe: str
) -> None:
    opened = console(theme="dark", reduced_motion="reduce")
    opened.hosts.add(catalogue.pictures)
    found = {}
    for view in VIEWS:
        page = show(opened, view, catalogue, table)
        page.evaluate(axe)
        found[view] = violations(page, {"type": "tag", "values": RULES})
        # All that a theme changes is colours.
        page.emulate_media(color_scheme="light")
        found[f"{view}, light"] = violations(page, {"type": "rule", "values": ["color-contrast"]})
        page.emulate_media(color_scheme="dark")
    assert found == {view: [] for view in found}


def violations(page: Page, rules: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """What breaks a rule, and where."""
    result = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules
    )
    return [
        (each["id"], [node["html"][:120] for node in each["nodes"]])
        for each in result["violations"]
    ]


def test_on_a_phone_nothing_is_wider_than_the_screen(
    console: OpenConsole, catalogue: Catalogue, table: str
) -> None:
    opened = console(size=PHONE, has_touch=True)
    opened.hosts.add(catalogue.pictures)
    wide = {}
    for view in VIEWS:
        page = show(opened, view, catalogue, table)
        for width, height in (SMALLEST, PHONE):
            page.set_viewport_size({"width": width, "height": height})
            surplus = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            wide[f"{view}, {width} pixels"] = surplus
    assert wide == dict.fromkeys(wide, 0)


def test_everything_is_done_by_keyboard_alone(
    console: OpenConsole, stack: Stack, catalogue: Catalogue
) -> None:
    opened = console(key=None)
    opened.hosts.add(catalogue.pictures)
    page = opened.open()
    page.keyboard.type(stack.api_key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    expect(page.get_by_role("main")).to_be_focused()
    page.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    reach(page, page.get_by_label("Show"))
    page.keyboard.type("Comp")
    link = page.get_by_role("link", name="spring-catalogue.csv").first
    expect(link).to_be_visible()
    reach(page, link)
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.get_by_role("heading", name="spring-catalogue.csv")).to_be_visible()
    filter_ = page.get_by_role("button", name="Succeeded", exact=True)
    reach(page, filter_)
    page.keyboard.press("Space")
    expect(filter_).to_have_attribute("aria-pressed", "true")
    first = page.get_by_role("button", name=re.compile("^Image 1 "))
    reach(page, first)
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("slider"))
    page.keyboard.press("End")
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "100 percent original")
    page.keyboard.press("Escape")
    expect(first).to_be_focused()


def reach(page: Page, target: Any, most: int = 60) -> None:
    """Presses Tab until the focus is there."""
    expect(target).to_be_visible()
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{target} cannot be reached by Tab")


def test_the_theme_follows_the_system_until_it_is_chosen(console: OpenConsole) -> None:
    page = console(theme="light").open()
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    assert light != dark
    page.get_by_role("button", name="Theme: system").click()
    assert page.evaluate(ground) == light
    page.reload()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate(ground) == dark


def test_the_whole_page_is_one_small_answer(console: OpenConsole) -> None:
    opened = console(key=None)
    opened.open()
    [answer] = [request.response() for request in opened.requests if request.url.startswith("http")]
    assert answer is not None
    assert len(answer.body()) < 200_000
    assert answer.request.sizes()["responseBodySize"] < 60_000
    assert "unsafe" not in answer.headers["content-security-policy"]
