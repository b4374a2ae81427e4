"""What a pre-signed form lets a client do, where S3 checks signatures as on AWS."""

import base64
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from botocore.config import Config

import api.storage as storage_module
from api.storage import Storage
from tests.deployed import PATIENCE, Api, ended
from tests.local.enforced.roles import Enforced
from tests.origin import Origin
from tests.pictures import encoded, photo

CSV = b"name,images\nCup,https://shop.example/a.jpg\n"

Form = dict[str, Any]


@pytest.fixture
def form(api: Api) -> Form:
    """``job_id``, and ``upload`` with ``url`` and ``fields``."""
    made: Form = api.call("POST", "/v1/jobs").json()
    return made


@pytest.fixture
def send(enforced: Enforced) -> Callable[..., requests.Response]:
    """POSTs a form; fields given by name change or join it."""

    def post(form: Form, content: bytes = CSV, /, **changes: str) -> requests.Response:
        return requests.post(
            form["upload"]["url"],
            data=form["upload"]["fields"] | changes,
            files={"file": content},
            timeout=60,
            verify=str(enforced.certificate.certificate),
        )

    return post


@pytest.fixture
def own_storage(enforced: Enforced) -> Storage:
    """The api function's own code and rights, for limits that a test can wait for."""
    buckets = {f"{name}_bucket": bucket for name, bucket in enforced.stack.buckets.items()}
    session = enforced.as_role("api")
    client = enforced.client("s3", session, Config(signature_version="s3v4"))
    return Storage(client, signer=client, **buckets)


def versions(enforced: Enforced, key: str) -> int:
    """How often an object was stored."""
    bucket = enforced.stack.buckets["uploads"]
    listed = enforced.client("s3").list_object_versions(Bucket=bucket, Prefix=key)
    return len(listed.get("Versions", ()))


def larger(form: Form) -> str:
    """The form's policy with a tenfold limit."""
    policy = json.loads(base64.b64decode(form["upload"]["fields"]["policy"]))
    for condition in policy["conditions"]:
        if "content-length-range" in condition:
            condition[2] *= 10
    return base64.b64encode(json.dumps(policy).encode()).decode()


CHANGES: dict[str, Callable[[Form], dict[str, str]]] = {
    "another type": lambda _: {"Content-Type": "text/html"},
    "another job's key": lambda _: {"key": f"uploads/{uuid4()}.csv"},
    "a key outside the folder": lambda _: {"key": "results/x.csv"},
    "a field that was not signed": lambda _: {"acl": "public-read"},
    "an address to be led to": lambda _: {"success_action_redirect": "https://evil.example/"},
    "a larger limit": lambda form: {"policy": larger(form)},
    "a made-up signature": lambda _: {"x-amz-signature": "0" * 64},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_form_that_was_changed_is_refused(
    enforced: Enforced, form: Form, send: Callable[..., requests.Response], change: str
) -> None:
    changes = CHANGES[change](form)
    answer = send(form, **changes)
    assert answer.status_code == 403, answer.text
    key = changes.get("key", form["upload"]["fields"]["key"])
    assert versions(enforced, key) == 0


def test_an_empty_file_is_refused(
    enforced: Enforced, form: Form, send: Callable[..., requests.Response]
) -> None:
    assert send(form, b"").status_code == 400
    assert versions(enforced, form["upload"]["fields"]["key"]) == 0


def test_a_file_over_the_limit_is_refused_and_one_of_just_the_limit_is_taken(
    enforced: Enforced,
    own_storage: Storage,
    send: Callable[..., requests.Response],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a limit of 1,000 bytes in place of 200 MB; that the api function signs the latter is
    asserted where its answers are."""
    monkeypatch.setattr(storage_module, "LARGEST_UPLOAD", 1_000)
    url, fields = own_storage.presigned_upload(UUID(int=1))
    form = {"upload": {"url": url, "fields": fields}}
    assert send(form, b"x" * 1_001).status_code == 400
    assert versions(enforced, fields["key"]) == 0
    assert send(form, b"x" * 1_000).status_code == 204


def test_a_form_that_has_expired_is_refused(
    enforced: Enforced,
    own_storage: Storage,
    send: Callable[..., requests.Response],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage_module, "UPLOAD_LIFETIME", timedelta(seconds=-1))
    url, fields = own_storage.presigned_upload(UUID(int=2))
    assert send({"upload": {"url": url, "fields": fields}}).status_code == 403
    assert versions(enforced, fields["key"]) == 0


def test_a_form_used_again_changes_nothing_for_a_job_that_began(
    api: Api, enforced: Enforced, form: Form, send: Callable[..., requests.Response]
) -> None:
    """S3 takes it, as a version of its own; the job keeps to the one that it began with."""
    job_id = form["job_id"]
    with Origin() as origin:
        url = origin.serve("/a.jpg", encoded(photo(), "JPEG"))
        assert send(form, f"name,images\nFirst,{url}\n".encode()).status_code == 204
        assert api.until(job_id, ended)["status"] == "completed"
        assert send(form, f"name,images\nSecond,{url}\nThird,{url}\n".encode()).status_code == 204
        assert versions(enforced, form["upload"]["fields"]["key"]) == 2
        _wait_until_seen(enforced)
    assert api.job(job_id)["rows"]["total"] == 1
    result = api.download(job_id, "result")
    assert "First" in result
    assert "Second" not in result


def test_what_arrives_for_a_cancelled_job_is_not_read(
    api: Api, enforced: Enforced, form: Form, send: Callable[..., requests.Response]
) -> None:
    api.call("POST", f"/v1/jobs/{form['job_id']}/cancel")
    assert send(form).status_code == 204
    _wait_until_seen(enforced)
    job = api.job(form["job_id"])
    assert (job["status"], job["rows"]["total"]) == ("cancelled", 0)


def test_the_address_of_a_result_leads_to_that_result_alone(
    own_storage: Storage, enforced: Enforced, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3, bucket = enforced.client("s3"), enforced.stack.buckets["results"]
    for name in ("mine", "other"):
        s3.put_object(Bucket=bucket, Key=f"results/{name}.csv", Body=name.encode())

    def got(url: str) -> tuple[int, bytes]:
        trusted = str(enforced.certificate.certificate)
        answer = requests.get(url, timeout=60, verify=trusted)
        return answer.status_code, answer.content

    address = own_storage.download_url("results/mine.csv", filename=None, suffix="result")
    assert got(address) == (200, b"mine")
    assert got(address.replace("/mine.csv", "/other.csv"))[0] == 403
    assert got(address.replace("text%2Fcsv", "text%2Fhtml"))[0] == 403
    assert got(address.partition("?")[0])[0] == 403
    monkeypatch.setattr(storage_module, "DOWNLOAD_LIFETIME", timedelta(seconds=1))
    brief = own_storage.download_url("results/mine.csv", filename=None, suffix="result")
    time.sleep(3)
    assert got(brief)[0] == 403


def _wait_until_seen(enforced: Enforced) -> None:
    """Until ingest has dealt with every notice of an upload."""
    sqs, url = enforced.client("sqs"), enforced.stack.queues["uploads"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    deadline = time.monotonic() + PATIENCE
    while True:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        if {int(each) for each in attributes.values()} == {0}:
            return
        assert time.monotonic() < deadline, attributes
        time.sleep(0.3)
