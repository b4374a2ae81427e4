"""The calls that change a job, through everything that is deployed."""

import csv
import io
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from localcloud.stack import Stack
from tests.origin import Origin, Visit
from tests.pictures import encoded, photo

PICTURE = encoded(photo(), "JPEG")
ENDED = {"completed", "rejected", "cancelled", "expired"}

Answer = dict[str, Any]


class Api:
    """One tenant's view of the deployed API."""

    def __init__(self, stack: Stack) -> None:
        self._url = stack.api_url
        self._headers = {"authorization": f"Bearer {stack.api_key}"}

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = self._headers | more.pop("headers", {})
        return requests.request(
            method, self._url + path, headers=headers, timeout=60, allow_redirects=False, **more
        )

    def submit(self, table: bytes, **query: str) -> str:
        headers = {"content-type": "text/csv"}
        answer = self.call("POST", "/v1/jobs", data=table, headers=headers, params=query)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def job(self, job_id: str) -> Answer:
        found: Answer = self.call("GET", f"/v1/jobs/{job_id}").json()
        counts = found["images"]
        assert counts["total"] == counts["pending"] + counts["succeeded"] + counts["failed"]
        return found

    def until(self, job_id: str, reached: Callable[[Answer], bool], seconds: float = 90) -> Answer:
        deadline = time.monotonic() + seconds
        while not reached(found := self.job(job_id)):
            assert time.monotonic() < deadline, found
            time.sleep(0.3)
        return found

    def download(self, job_id: str, what: str) -> str:
        answer = self.call("GET", f"/v1/jobs/{job_id}/{what}")
        assert answer.status_code == 303, answer.text
        return requests.get(answer.headers["location"], timeout=60).content.decode()


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def ended(job: Answer) -> bool:
    return job["status"] in ENDED


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
    assert begun.wait(30)
    answer = api.call("POST", f"/v1/jobs/{job_id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert api.call("POST", f"/v1/jobs/{job_id}/cancel").status_code == 200
    seen, deadline = -1, time.monotonic() + 60
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

    def deliveries() -> list[Answer]:
        items: list[Answer] = api.call("GET", f"/v1/jobs/{job_id}/deliveries").json()["items"]
        return items

    deadline = time.monotonic() + 90
    while any(each["status"] == "pending" for each in deliveries()):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    events = [each["event"] for each in deliveries()]
    assert events[0] == "job.processing"
    assert events[-1] == "job.completed"
    assert set(events[1:-1]) <= {"job.progress"}

    last = deliveries()[-1]["delivery_id"]
    again = api.call("POST", f"/v1/deliveries/{last}/redeliver")
    assert again.status_code == 202
    while len(deliveries()[-1]["attempts"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    ids = [headers["webhook-id"] for path, headers in origin.seen if path == "/hook"]
    assert ids.count(last) == 2
