"""The main job on a cloud that refuses what no policy allows."""

import json
import time
from collections.abc import Iterator

import pytest
import requests

from tests.deployed import PATIENCE, Api, ended
from tests.local.enforced.roles import Enforced
from tests.origin import Origin
from tests.pictures import encoded, photo

PICTURE = encoded(photo(), "JPEG")


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def test_a_job_goes_all_the_way_and_through_every_call(
    api: Api, enforced: Enforced, origin: Origin
) -> None:
    hook = origin.serve("/hook", status=204)
    good, dead = origin.serve("/a.jpg", PICTURE), origin.url("/dead.jpg")
    created = api.call("POST", "/v1/jobs", json={"webhook_url": hook}).json()
    job_id, form = created["job_id"], created["upload"]
    sent = requests.post(
        form["url"],
        data=form["fields"],
        files={"file": f"name,images\nCup,{good}\n,{good}\nJug,{dead}\n"},
        timeout=60,
        verify=str(enforced.certificate.certificate),
    )
    assert sent.status_code == 204, sent.text
    job = api.until(job_id, ended)
    assert (job["status"], job["rows"]["rejected"]) == ("completed", 1)
    assert (job["images"]["succeeded"], job["images"]["failed"]) == (1, 1)
    assert "not_found" in api.download(job_id, "result")
    assert "missing_name" in api.download(job_id, "failures")
    images = api.call("GET", f"/v1/jobs/{job_id}/images").json()["items"]
    stored = requests.get(
        images[0]["output_url"], timeout=60, verify=str(enforced.certificate.certificate)
    )
    assert len(stored.content) == images[0]["output"]["bytes"]

    origin.serve("/dead.jpg", PICTURE)
    assert api.call("POST", f"/v1/jobs/{job_id}/retry").status_code == 202
    assert api.until(job_id, ended)["images"]["failed"] == 0
    assert "not_found" not in api.download(job_id, "result")

    deadline = time.monotonic() + PATIENCE
    while {each["status"] for each in api.deliveries(job_id)} != {"delivered"}:
        assert time.monotonic() < deadline, api.deliveries(job_id)
        time.sleep(0.3)
    last = api.deliveries(job_id)[-1]["delivery_id"]
    assert api.call("POST", f"/v1/deliveries/{last}/redeliver").status_code == 202
    while len(api.deliveries(job_id)[-1]["attempts"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.3)


def test_a_csv_in_the_request_is_stored_and_its_job_can_be_cancelled(
    api: Api, origin: Origin
) -> None:
    job_id = api.submit(f"name,images\nCup,{origin.serve('/a.jpg', PICTURE)}\n".encode())
    assert api.until(job_id, ended)["images"]["succeeded"] == 1
    waiting = api.call("POST", "/v1/jobs").json()["job_id"]
    cancelled = api.call("POST", f"/v1/jobs/{waiting}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")


def test_the_janitor_does_its_rounds(enforced: Enforced) -> None:
    functions = enforced.client("lambda")
    names = [each["FunctionName"] for each in functions.list_functions(MaxItems=50)["Functions"]]
    [janitor] = [name for name in names if "Janitor" in name]
    answer = functions.invoke(FunctionName=janitor, Payload=json.dumps({}))
    assert "FunctionError" not in answer, answer["Payload"].read()
