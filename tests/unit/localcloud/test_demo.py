import base64
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from rich.console import Console
from standardwebhooks.webhooks import Webhook

from localcloud.demo import checks, ending, pictures
from localcloud.demo.origin import Origin
from localcloud.demo.receiver import Delivery, Receiver
from localcloud.demo.sample import HEADER, OUTCOMES, ROWS, Sample

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
DRAWN = {name: name.encode() for name in pictures.all_pictures()}


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin(DRAWN) as origin:
        yield origin


def test_pictures_are_drawn_once_and_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = {name: pictures.all_pictures()[name] for name in ("mug-sky.jpg", "mug-cut-out.png")}
    monkeypatch.setattr(pictures, "all_pictures", lambda: some)
    first = pictures.made(tmp_path / "one")
    assert pictures.made(tmp_path / "two") == first
    monkeypatch.setattr(pictures, "all_pictures", lambda: dict.fromkeys(some))
    assert pictures.made(tmp_path / "one") == first


def test_the_phones_picture_lies_on_its_side_and_tells_where_it_was_taken() -> None:
    picture = Image.open(io.BytesIO(pictures.all_pictures()["shoe-from-a-phone.jpg"]()))
    assert picture.getexif()[pictures.ORIENTATION] == 6
    assert picture.getexif().get_ifd(pictures.GPS)[1] == "N"
    assert picture.width > picture.height


def test_the_cut_out_is_transparent_around_the_product() -> None:
    picture = Image.open(io.BytesIO(pictures.all_pictures()["mug-cut-out.png"]()))
    assert picture.getchannel("A").getextrema() == (0, 255)


def test_the_sample_has_what_it_promises(origin: Origin) -> None:
    sample = Sample(origin.url)
    named = [image for row in ROWS if row.error is None for image in row.images]
    assert 25 <= len(ROWS) <= 40
    assert len(named) > len(sample.images) > len(sample.failures) > 0
    assert {"missing_name", "missing_urls", "ragged_row"} <= {row.error for row in ROWS}


def test_every_image_of_the_sample_is_answered_as_its_outcome_says(origin: Origin) -> None:
    sample = Sample(origin.url)
    served = {url for url in sample.images if url.startswith(origin.url)}
    for url in served:
        answer = requests.get(url, timeout=30)
        if url.endswith("busy.jpg"):
            assert answer.status_code == 500
            answer = requests.get(url, timeout=30)
        refused = sample.failures.get(url) in {"not_found", "forbidden"}
        assert answer.ok is not refused


def test_the_receiver_takes_what_is_signed_and_refuses_the_rest() -> None:
    arrived: list[Delivery] = []
    body = json.dumps({"type": "job.completed", "data": {"status": "completed"}})
    now = datetime.now(tz=UTC)
    headers = {
        "webhook-id": "1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("1", now, body),
    }
    with Receiver(SECRET, arrived.append) as receiver:
        good = requests.post(receiver.url, data=body, headers=headers, timeout=30)
        bad = requests.post(receiver.url, data=body + " ", headers=headers, timeout=30)
        assert receiver.wait_for("job.completed", seconds=1)
        assert not receiver.wait_for("job.processing", seconds=0.01)
    assert (good.status_code, bad.status_code) == (HTTPStatus.NO_CONTENT, HTTPStatus.UNAUTHORIZED)
    assert [each.verified for each in arrived] == [True, False]


SAMPLE = Sample("http://origin")
OUTPUTS = {url: f"http://stored/{n}.jpg" for n, url in enumerate(sorted(SAMPLE.images))}
OUTPUTS = {url: output for url, output in OUTPUTS.items() if url not in SAMPLE.failures}


def result() -> list[list[str]]:
    """The right result, as cells."""
    lines = [[*HEADER, *OUTCOMES]]
    for cells, row in zip(SAMPLE.lines(), ROWS, strict=True):
        kept = [*cells, "", ""][:3]
        urls = [] if row.error else [SAMPLE.url(image) for image in row.images]
        codes = [f"{SAMPLE.failures[url]}: {url}" for url in urls if url in SAMPLE.failures]
        output = ",".join(OUTPUTS.get(url, "") for url in urls)
        lines.append([*kept, output, f"{row.error}: column" if row.error else "\n".join(codes)])
    return lines


def text(lines: list[list[str]]) -> str:
    return "".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in line) + "\r\n" for line in lines
    )


def test_the_right_result_passes() -> None:
    assert list(checks.result(text(result()), SAMPLE, OUTPUTS)) == []


@pytest.mark.parametrize(("row", "column"), [(0, 4), (1, 1), (1, 3), (10, 4), (13, 4)])
def test_any_wrong_cell_of_the_result_is_found(row: int, column: int) -> None:
    lines = result()
    lines[row][column] = "wrong"
    assert len(list(checks.result(text(lines), SAMPLE, OUTPUTS))) == 1


def test_a_missing_line_is_found() -> None:
    assert list(checks.result(text(result()[:-1]), SAMPLE, OUTPUTS))


def failures() -> list[dict[str, Any]]:
    """The right failures, in order of their rows."""
    found = []
    for number, row in enumerate(ROWS, start=1):
        if row.error:
            found.append({"row": number, "code": row.error, "column": "Product Name", "url": None})
            continue
        urls = [url for url in map(SAMPLE.url, row.images) if url in SAMPLE.failures]
        found += [
            {"row": number, "code": SAMPLE.failures[url], "column": None, "url": url}
            for url in urls
        ]
    return [{**each, "message": "What is wrong."} for each in found]


def test_the_right_failures_pass_and_a_missing_or_wrong_one_is_found() -> None:
    right = failures()
    assert list(checks.failures(right, SAMPLE)) == []
    assert list(checks.failures(right[1:], SAMPLE))
    assert list(checks.failures([{**right[0], "row": 1}, *right[1:]], SAMPLE))


def test_the_summary_says_what_went_in_and_what_came_out() -> None:
    job = {
        "status": "completed",
        "filename": "products.csv",
        "created_at": "2026-01-01T00:00:00Z",
        "completed_at": "2026-01-01T00:00:12Z",
        "rows": {"total": len(ROWS), "rejected": 5},
        "images": {"total": 38, "pending": 0, "succeeded": 31, "failed": 7},
        "bytes": {"input": 8_000_000, "output": 2_000_000},
    }
    arrived = [Delivery("1", "job.completed", "completed", 10, verified=True)]
    console = Console(width=100, file=io.StringIO())
    console.print(ending.summary(job, failures(), arrived, origin="http://origin"))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for text in (
        f"{len(ROWS)} rows that name", "31 images", "8.0 MB → 2.0 MB, 75 % saved",
        "1 arrived, 1 of them", "12 s", "ragged_row", " gone.jpg ", "What is wrong.",
    ):  # fmt: skip
        assert text in shown


@pytest.mark.parametrize(
    ("counts", "fine"),
    [
        ({"total": 3, "pending": 1, "succeeded": 1, "failed": 1}, True),
        ({"total": 3, "pending": 1, "succeeded": 1, "failed": 0}, False),
    ],
    ids=["all accounted for", "one missing"],
)
def test_numbers_that_do_not_add_up_are_found(counts: dict[str, Any], fine: bool) -> None:
    assert (list(checks.balance({"images": counts})) == []) is fine


def test_an_event_that_arrives_twice_is_found() -> None:
    def arrived(number: int, event: str) -> Delivery:
        return Delivery(str(number), event, "completed", 10, verified=True)

    once = [arrived(1, "job.processing"), arrived(2, "job.completed")]
    log = [{"delivery_id": each, "status": "delivered"} for each in "123"]
    assert list(checks.deliveries(once, log)) == []
    assert list(checks.deliveries([*once, arrived(3, "job.completed")], log))
    assert list(checks.deliveries(once, log[:1]))
