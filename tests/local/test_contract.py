"""The calls that change a job, through everything that is deployed."""

import csv
import io
import threading
import time
from collections.abc import Iterator

import pytest

from localcloud.stack import Stack
from tests.deployed import PATIENCE, Api, ended
from tests.origin import Origin, Visit
from tests.pictures import encoded, photo

PICTURE = encoded(photo(), "JPEG")


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def test_failures_are_mended_and_uploaded_again(api: Api, origin: Origin) -> None:
    good, dead = origin.serve("/a.jpg", PICTURE), origin.url("/dead.jpg")
    table = f"name,images\nCup,{good}\n,{good}\nJug,{good} {dead}\n"
    job_id = api.submit(table.encode())
    assert api.until(job_id, ended)["status"] == "completed"
    failures = api.download(job_id, "failures")
    rows = list(csv.DictReader(io.StringIO(failures)))
    assert [(row["name"], row["Input Row"]) for row in rows] == [("", "2"), ("Jug", "3")]
    assert rows[0]["Errors"].startswith("missing_name: name (")
    assert rows[1]["Errors"].startswith(f"not_found: {dead} (")

    mended = failures.replace(dead, good).replace(f"\n,{good}", f"\nPot,{good}")
    again = api.submit(mended.encode())
    assert api.until(again, ended)["images"]["failed"] == 0
    result = list(csv.DictReader(io.StringIO(api.download(again, "result"))))
    assert [row["name"] for row in result] == ["Pot", "Jug"]
    assert list(result[0]) == ["name", "images", "Output Image Urls", "Errors"]
    assert not any(row["Errors"] for row in result)


def test_a_file_without_a_good_row_is_rejected_and_can_be_mended(api: Api) -> None:
    job_id = api.submit(b"name,images\n,https://a.example/1.jpg\nCup,\n")
    job = api.until(job_id, ended)
    assert (job["status"], job["error"]["code"]) == ("rejected", "no_valid_rows")
    assert len(api.download(job_id, "failures").splitlines()) == 3
    assert api.call("GET", f"/v1/jobs/{job_id}/result").status_code == 409


def test_a_retry_processes_what_failed_and_writes_a_new_result(api: Api, origin: Origin) -> None:
    lamp = origin.url("/lamp.jpg")
    table = f"name,images\nCup,{origin.serve('/a.jpg', PICTURE)}\nLamp,{lamp} nope\n"
    job_id = api.submit(table.encode())
    first = api.until(job_id, ended)
    assert first["images"] == {"total": 3, "pending": 0, "succeeded": 1, "failed": 2}
    origin.serve("/lamp.jpg", PICTURE)
    retried = api.call("POST", f"/v1/jobs/{job_id}/retry")
    assert (retried.status_code, retried.json()["status"]) == (202, "processing")
    second = api.until(job_id, ended)
    assert second["images"] == {"total": 3, "pending": 0, "succeeded": 2, "failed": 1}
    assert f"{lamp}\n" not in api.download(job_id, "failures")
    assert api.download(job_id, "result").count("not_found") == 0
    assert [path for path, _ in origin.seen].count("/a.jpg") == 1
    nothing = api.call("POST", f"/v1/jobs/{job_id}/retry")
    assert nothing.json()["code"] == "nothing_to_retry"


def test_cancelling_drops_what_is_on_the_queue(api: Api, origin: Origin) -> None:
    begun = threading.Event()

    def slow(visit: Visit) -> None:
        begun.set()
        origin.closing.wait(2)
        visit.answer(200, PICTURE)

    urls = [origin.on(f"/{n}.jpg", slow) for n in range(2_000)]
    job_id = api.submit("".join(["name,images\n", *(f"Cup,{url}\n" for url in urls)]).encode())
    assert begun.wait(PATIENCE)
    answer = api.call("POST", f"/v1/jobs/{job_id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert api.call("POST", f"/v1/jobs/{job_id}/cancel").status_code == 200
    seen, deadline = -1, time.monotonic() + PATIENCE
    while seen != len(origin.seen):
        assert time.monotonic() < deadline
        seen = len(origin.seen)
        time.sleep(5)
    assert seen < len(urls) / 2
    job = api.job(job_id)
    assert job["status"] == "cancelled"
    assert job["images"]["pending"] > 0
    assert job["images"]["total"] > 0
    assert api.call("GET", f"/v1/jobs/{job_id}/result").status_code == 409


def test_webhooks_tell_of_progress_and_can_be_sent_again(api: Api, origin: Origin) -> None:
    hook = origin.serve("/hook", status=204)
    turns = threading.Semaphore(0)

    def in_turn(visit: Visit) -> None:
        turns.acquire(timeout=30)
        visit.answer(200, PICTURE)

    urls = [origin.on(f"/{n}.jpg", in_turn) for n in range(40)]
    table = "".join(["name,images\n", *(f"Cup,{url}\n" for url in urls)])
    job_id = api.submit(table.encode(), webhook_url=hook)
    for _ in urls:
        turns.release()
        time.sleep(0.05)
    api.until(job_id, ended)

    deadline = time.monotonic() + PATIENCE
    while any(each["status"] == "pending" for each in api.deliveries(job_id)):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    events = [each["event"] for each in api.deliveries(job_id)]
    assert events[0] == "job.processing"
    assert events[-1] == "job.completed"
    assert set(events[1:-1]) <= {"job.progress"}

    last = api.deliveries(job_id)[-1]["delivery_id"]
    again = api.call("POST", f"/v1/deliveries/{last}/redeliver")
    assert again.status_code == 202
    while len(api.deliveries(job_id)[-1]["attempts"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    ids = [headers["webhook-id"] for path, headers in origin.seen if path == "/hook"]
    assert ids.count(last) == 2
