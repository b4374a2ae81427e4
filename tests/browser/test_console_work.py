"""What a user does with the console, from the key to the result, on the deployed stack."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from localcloud.stack import Stack
from tests.browser.conftest import Catalogue
from tests.browser.console import OpenConsole
from tests.deployed import Api
from tests.origin import Origin, Visit


def choose(page: Page, name: str, content: str | bytes) -> None:
    """Chooses a file whose name and content these are."""
    data = content if isinstance(content, bytes) else content.encode()
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": data})


def test_the_key_is_asked_for_checked_and_forgotten_with_the_tab(
    console: OpenConsole, stack: Stack
) -> None:
    opened = console(key=None)
    opened.expected.append("401")
    page = opened.open()
    field = page.get_by_label("API key")
    expect(field).to_be_focused()
    field.fill("dk_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(re.compile("does not know this key"))
    field.fill(stack.api_key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    page.reload()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    page.get_by_role("button", name="Forget the key").click()
    expect(field).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_the_key_is_remembered_if_the_user_says_so(console: OpenConsole, stack: Stack) -> None:
    page = console(key=None).open()
    page.get_by_label("API key").fill(stack.api_key)
    page.get_by_label("Remember it").check()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [1, 0]


def test_a_csv_is_checked_before_anything_is_made_of_it(console: OpenConsole, table: str) -> None:
    opened = console()
    page = opened.open("new")
    start = page.get_by_role("button", name="Start the job")
    expect(start).to_be_disabled()
    choose(page, "no-names.csv", "colour,images\nred,https://shop.example/a.jpg\n")
    expect(page.locator(".verdict")).to_contain_text("It cannot be used as it is.")
    expect(page.get_by_role("cell", name="Missing column")).to_be_visible()
    expect(start).to_be_disabled()
    choose(page, "products.csv", table)
    expect(page.locator(".verdict")).to_contain_text("2 rows will be left out.")
    errors = page.get_by_role("region", name="Errors in the file")
    expect(errors.get_by_role("row")).to_have_count(3)
    expect(errors.get_by_role("row").nth(1)).to_contain_text(
        re.compile("9.*Product Name.*Missing name")
    )
    expect(start).to_be_enabled()
    expect(start).to_contain_text("16 images")
    assert opened.sent("POST", "/v1/jobs") == []


def test_a_job_from_the_file_to_the_result(
    console: OpenConsole, origin: Origin, table: str, tmp_path: Path
) -> None:
    opened = console()
    page = opened.open("new")
    choose(page, "products.csv", table)
    page.get_by_label("Quality").fill("40")
    page.get_by_text("WebP", exact=True).click()
    page.get_by_label("Widest").fill("320")
    page.get_by_label("Webhook").fill(origin.url("/hook"))
    expect(page.get_by_label("Image to try")).to_have_value(origin.url("/bottle-amber.jpg"))

    opened.hosts.add(f"127.0.0.1:{origin.port}")  # where "before" is
    page.get_by_role("button", name="Develop").click()
    figure = page.get_by_role("figure")
    expect(figure).to_contain_text(re.compile(r"JPEG · 640 . 480.*\d+%.*WEBP · 320 . 240"))
    page.get_by_label("Quality").fill("41")
    expect(page.get_by_text("The options have changed since.")).to_be_visible()

    page.get_by_role("button", name="Start the job").click()
    expect(page.get_by_role("heading", name="products.csv")).to_be_visible()
    expect(page.get_by_text("quality 41, webp, ≤ 320 wide")).to_be_visible()
    progress = page.get_by_role("progressbar", name="Progress of the job")
    expect(progress).to_have_attribute("aria-valuenow", "100")
    expect(page.get_by_text("Completed", exact=True)).to_be_visible()
    chart = page.get_by_role("img", name=re.compile("^Not found: 2, "))
    expect(chart).to_have_accessible_name(re.compile("Not an image: 1"))

    with page.expect_download() as download:
        page.get_by_role("button", name="Result").click()
    assert download.value.suggested_filename == "products-result.csv"
    rows = Path(download.value.path()).read_text().splitlines()
    assert len(rows) == 11
    assert rows[1].startswith("1,Bottle,")
    assert ".webp" in rows[1]
    with page.expect_download() as download:
        page.get_by_role("button", name="Failures").click()
    assert download.value.suggested_filename == "products-failures.csv"
    assert "missing_name" in Path(download.value.path()).read_text()


def test_images_are_browsed_filtered_and_compared(
    console: OpenConsole, catalogue: Catalogue
) -> None:
    opened = console()
    page = opened.open(f"jobs/{catalogue.job_id}")
    frames = page.get_by_role("button", name=re.compile(r"^Image \d+ "))
    expect(frames).to_have_count(catalogue.images)
    page.get_by_role("button", name="Failed", exact=True).click()
    expect(frames).to_have_count(catalogue.failed)
    frames.first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Not found")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Succeeded", exact=True).click()
    expect(frames).to_have_count(catalogue.images - catalogue.failed)

    opened.hosts.add(catalogue.pictures)
    frames.first.click()
    expect(dialog).to_contain_text(re.compile(r"Before[\d.]+ kB.*\d+%After[\d.]+ kB"))
    for picture in ("Before", "After"):
        image = dialog.get_by_role("img", name=picture)
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") == 640
    slider = dialog.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0 percent original")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "1 percent original")
    dialog.get_by_role("button", name="Next").click()
    expect(dialog.get_by_role("heading")).to_have_text("Image 2")


def test_an_original_that_cannot_be_shown_leaves_the_result_and_the_figures(
    console: OpenConsole, catalogue: Catalogue
) -> None:
    opened = console()
    opened.expected.append("403")
    opened.hosts.add(catalogue.pictures)
    page = opened.open(f"jobs/{catalogue.job_id}")
    page.route("**/bottle-moss.jpg", lambda route: route.fulfill(status=403))
    page.get_by_role("button", name=re.compile("^Image 2 .*bottle-moss.jpg")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("does not let itself be shown")).to_be_visible()
    expect(dialog.get_by_role("img", name="After")).to_be_visible()
    expect(dialog.get_by_role("slider")).to_be_disabled()


def test_failed_images_are_retried(console: OpenConsole, api: Api, origin: Origin) -> None:
    lamp = origin.url("/lamp.jpg")
    job_id = api.submit(f"name,images\nLamp,{lamp}\n".encode(), filename="lamp.csv")
    api.until(job_id, lambda job: job["status"] == "completed")
    page = console().open(f"jobs/{job_id}")
    origin.routes["/lamp.jpg"] = origin.routes["/mug-sky.jpg"]
    page.get_by_role("button", name="Retry failed").click()
    expect(page.get_by_text("The failed images are tried again.")).to_be_visible()
    expect(page.get_by_role("button", name="Retry failed")).to_have_count(0)
    expect(page.get_by_text("Completed", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Image 1 .*lamp.jpg"))).to_contain_text("→")


def test_a_job_is_cancelled_once_the_user_is_sure(
    console: OpenConsole, api: Api, origin: Origin
) -> None:
    def slow(visit: Visit) -> None:
        origin.closing.wait(3)
        visit.answer(404)

    urls = [origin.on(f"/slow-{n}.jpg", slow) for n in range(400)]
    table = "".join(["name,images\n", *(f"Cup,{url}\n" for url in urls)])
    job_id = api.submit(table.encode(), filename="slow.csv")
    page = console().open(f"jobs/{job_id}")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Keep it going").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible()
    assert api.job(job_id)["status"] == "cancelled"


def test_webhooks_are_shown_with_their_tries_and_sent_again(
    console: OpenConsole, catalogue: Catalogue
) -> None:
    page = console().open(f"jobs/{catalogue.job_id}")
    completed = page.get_by_role("group").filter(has_text="job.completed")
    expect(completed).to_contain_text("1 try")
    completed.locator("summary").click()
    expect(completed.get_by_role("cell", name="204")).to_be_visible()
    completed.get_by_role("button", name="Send again").click()
    expect(completed).to_contain_text("2 tries")
    expect(completed).to_contain_text("Delivered")


def test_a_large_csv_goes_straight_to_the_storage(
    console: OpenConsole, api: Api, origin: Origin
) -> None:
    cup = origin.url("/mug-sky.jpg")
    row = f'"{"A cup in a row of its own, " * 200}",{cup}\n'
    rows = 1_000
    content = "name,images\n" + row * rows
    assert len(content) > 5_000_000
    opened = console()
    page = opened.open("new")
    choose(page, "large.csv", content)
    expect(page.get_by_text(re.compile(r"Checked: the first 4.2 MB of 5\.\d MB"))).to_be_visible()
    page.get_by_role("button", name="Start the job").click()
    expect(page.get_by_role("heading", name="large.csv")).to_be_visible()
    job_id = page.url.rpartition("/")[2]
    job = api.until(job_id, lambda job: job["status"] == "completed")
    assert job["rows"] == {"total": rows, "rejected": 0}
    [created] = opened.sent("POST", "/v1/jobs")
    assert created.headers["content-type"] == "application/json"


def test_what_was_done_can_be_copied_as_curl_and_works(
    console: OpenConsole, stack: Stack, tmp_path: Path
) -> None:
    opened = console(permissions=["clipboard-read", "clipboard-write"])
    page = opened.open("new")
    name = "it's $(date) `here`.csv"
    choose(page, name, "name,images\nCup,\n")
    expect(page.locator(".verdict")).to_contain_text("It cannot be used")
    page.get_by_role("button", name="Calls as curl").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Check a CSV")).to_be_visible()
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog.get_by_text("Copied")).to_be_visible()
    command = page.evaluate("navigator.clipboard.readText()")
    assert stack.api_key not in command
    (tmp_path / name).write_text("name,images\nCup,\n")
    assert '"missing_urls"' in run(command, stack.api_key, tmp_path)


def test_the_preview_as_curl_needs_no_file(
    console: OpenConsole, stack: Stack, origin: Origin, tmp_path: Path
) -> None:
    opened = console(permissions=["clipboard-read", "clipboard-write"])
    page = opened.open("new")
    page.get_by_label("Image to try").fill(origin.url("/gone.jpg"))
    page.get_by_role("button", name="Develop").click()
    expect(page.get_by_role("alert").filter(has_text="It failed (not found)")).to_be_visible()
    page.get_by_role("button", name="Calls as curl").click()
    page.get_by_role("dialog").get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("dialog").get_by_text("Copied")).to_be_visible()
    command = page.evaluate("navigator.clipboard.readText()")
    assert f"""'Preview,"{origin.url("/gone.jpg")}"'""" in command
    made = json.loads(run(command, stack.api_key, tmp_path))
    assert made["filename"] == "Preview of gone.jpg"


def run(command: str, key: str, folder: Path) -> str:
    """What a copied command prints."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    environment = {"DARKROOM_API_KEY": key, "PATH": "/usr/bin:/bin:/usr/local/bin"}
    done = subprocess.run(
        ["sh", "-c", command],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_jobs_are_listed_by_pages_and_by_state(console: OpenConsole, api: Api) -> None:
    for number in range(21):
        body = {"filename": f"waiting-{number}.csv"}
        assert api.call("POST", "/v1/jobs", json=body).status_code == 201
    page = console().open()
    page.get_by_label("Show").select_option("awaiting_upload")
    rows = page.get_by_role("table").get_by_role("link")
    expect(rows).to_have_count(20)
    expect(rows.first).to_have_text("waiting-20.csv")
    page.get_by_role("button", name="Next").click()
    expect(rows.first).to_have_text("waiting-0.csv")
    page.get_by_role("button", name="Previous").click()
    expect(rows.first).to_have_text("waiting-20.csv")


def test_the_webhook_secret_is_hidden_until_it_is_asked_for(console: OpenConsole, api: Api) -> None:
    secret = api.call("GET", "/v1/webhook-secret").json()["secret"]
    page = console().open("webhooks")
    expect(page.get_by_text("Show").first).to_be_visible()
    expect(page.get_by_text(secret)).to_have_count(0)
    page.get_by_role("button", name="Show").first.click()
    expect(page.get_by_text(secret)).to_be_visible()


@pytest.mark.parametrize("view", ["jobs/not-an-id", "jobs/%2e%2e%2fhealth", "jobs/", "%%%"])
def test_an_address_that_leads_nowhere_says_so(console: OpenConsole, view: str) -> None:
    opened = console()
    opened.expected.append("404")
    opened.page.goto(f"{opened.stack.console_url}#/{view}")
    missing = opened.page.get_by_text("This could not be loaded")
    expect(missing.or_(opened.page.get_by_role("heading", name="Jobs"))).to_be_visible()
