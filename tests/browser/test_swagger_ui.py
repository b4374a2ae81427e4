"""Swagger UI in a browser: without the internet, with the key entered once."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.console import Console, OpenConsole


def open_docs(opened: Console) -> Page:
    """The page, which runs nothing but its own scripts, with the key entered."""
    opened.expected.append("404")  # /favicon.ico, which browsers ask for by themselves
    page = opened.page
    own = opened.stack.aws_endpoint_url

    def route(asked: Route) -> None:
        if asked.request.url.startswith(own):
            asked.continue_()
        else:
            asked.abort("internetdisconnected")

    page.route(re.compile("^http"), route)
    answer = page.goto(opened.stack.docs_url)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[^;]*;", policy)
    page.get_by_role("button", name="Authorize").click()
    page.get_by_label("auth-bearer-value").fill(opened.stack.api_key)
    page.get_by_role("button", name="Apply credentials").first.click()
    page.get_by_role("button", name="Close").first.click()
    return page


def executed(page: Page, operation: str, **fields: str) -> str:
    """Tries a call with the fields given; the status that came back."""
    block = page.locator(f"[id$='-{operation}']")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    for name, value in fields.items():
        block.locator(f"tr[data-param-name='{name}'] input").fill(value)
    block.get_by_role("button", name="Execute").click()
    status = block.locator(".live-responses-table .response-col_status").last
    expect(status).to_have_text(re.compile(r"^\d{3}"))
    return status.inner_text()[:3]


def test_calls_are_tried_with_a_key_that_was_entered_once(console: OpenConsole) -> None:
    opened = console(key=None)
    page = open_docs(opened)
    expect(page.get_by_role("heading", name=re.compile("^Darkroom"))).to_be_visible()
    assert executed(page, "listJobs", limit="1") == "200"
    assert executed(page, "createJob") == "201"
    job = opened.sent("POST", "/v1/jobs")[-1].response()
    assert job is not None
    assert executed(page, "getJob", job_id=job.json()["job_id"]) == "200"
