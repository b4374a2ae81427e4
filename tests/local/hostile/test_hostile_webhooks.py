"""Webhooks: addresses that none should have, and receivers that answer as none should.

A job that is cancelled before its file came sends one event, ``job.cancelled``, and no more.
"""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.local.hostile.addresses import BLOCKED, INVALID, URLS
from tests.local.hostile.client import AT_ONCE, SECONDS, Client, Reply
from tests.local.hostile.conftest import UnderWay
from tests.local.hostile.names import NAMES, host, receiver_host
from tests.local.hostile.receivers import DELIVERED, FAILED, PENDING, RECEIVERS
from tests.origin import Origin

JITTER = 1.11
"""The most by which a pause is stretched."""

RECORDED = 60
"""Seconds in which an attempt is recorded, and from when on the pause is counted."""

HOPELESS = {BLOCKED, INVALID}
"""Codes after which there is no other try."""

Run = dict[str, Reply | dict[str, Any]]
"""Of each case, the refusal of its address, or its delivery."""


@pytest.fixture(scope="session")
def addressed(client: Client, inside: Origin) -> Run:
    urls = {name: url.replace("{port}", str(inside.port)) for name, (url, _) in URLS.items()}
    return delivered(client, urls)


@pytest.fixture(scope="session")
def named(client: Client, outside: Origin, inside: Origin) -> Run:
    for origin in (outside, inside):
        origin.serve("/named")
    urls = {name: outside.url("/named", host=host(name, family="webhooks")) for name in NAMES}
    return delivered(client, urls)


@pytest.fixture(scope="session")
def received(client: Client, outside: Origin, silent: UnderWay) -> Run:
    urls = {}
    for n, (name, receiver) in enumerate(RECEIVERS.items()):
        outside.on(f"/receiver/{n}", receiver.behaviour)
        urls[name] = outside.url(f"/receiver/{n}", host=receiver_host(n))
    return delivered(client, urls)


@pytest.mark.parametrize("name", URLS)
def test_an_address_is_refused_at_once_or_never_reached(
    addressed: Run, inside: Origin, name: str
) -> None:
    code, found = URLS[name][1], addressed[name]
    assert inside.seen == []
    if isinstance(found, Reply):
        assert (code, found.json["code"]) == (INVALID, "invalid_request")
        [fault] = found.json["errors"]
        assert fault["field"] == "webhook_url"
        assert fault["message"]
        return
    assert {(each["status_code"], each["error"]) for each in found["attempts"]} == {(None, code)}
    assert found["status"] == (FAILED if code in HOPELESS else PENDING)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_looked_up_once_and_judged_by_what_is_dialled(
    named: Run, inside: Origin, name: str
) -> None:
    code, found = NAMES[name][1], named[name]
    assert inside.seen == []
    assert isinstance(found, dict)
    [attempt] = found["attempts"]
    assert (attempt["status_code"], attempt["error"]) == (None if code else 200, code)
    assert found["status"] == (FAILED if code else DELIVERED)


@pytest.mark.parametrize("name", RECEIVERS)
def test_an_answer_is_written_down_and_decides_what_follows(received: Run, name: str) -> None:
    wanted, delivery = RECEIVERS[name], received[name]
    assert isinstance(delivery, dict)
    first, *more = delivery["attempts"]
    assert (first["status_code"], first["error"]) == (wanted.status_code, wanted.error)
    assert delivery["status"] == wanted.status, delivery
    if wanted.status == PENDING and not more:
        ended = datetime.fromisoformat(first["at"]) + timedelta(milliseconds=first["milliseconds"])
        following = datetime.fromisoformat(delivery["next_attempt_at"])
        waits = (following - ended).total_seconds()
        assert wanted.wait <= waits <= wanted.wait * JITTER + RECORDED


def delivered(client: Client, urls: Mapping[str, str]) -> Run:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = pool.map(lambda url: cancelled(client, url), urls.values())
        found = pool.map(lambda job: attempted(client, job), begun)
        return dict(zip(urls, found, strict=True))


def cancelled(client: Client, webhook_url: str) -> str | Reply:
    """The id of a job that was cancelled, or why it was not made."""
    body = json.dumps({"webhook_url": webhook_url}).encode()
    reply = client.call("POST", "/v1/jobs", body, {"Content-Type": "application/json"})
    if reply.status == 422:
        return reply
    assert reply.status == 201, reply
    job_id = str(reply.json["job_id"])
    assert client.call("POST", f"/v1/jobs/{job_id}/cancel").status == 200
    return job_id


def attempted(client: Client, job: str | Reply) -> Reply | dict[str, Any]:
    """The job's delivery, once it was tried."""
    if isinstance(job, Reply):
        return job
    deadline = time.monotonic() + SECONDS
    while True:
        [delivery] = client.call("GET", f"/v1/jobs/{job}/deliveries").json["items"]
        if delivery["attempts"]:
            found: dict[str, Any] = delivery
            return found
        assert time.monotonic() < deadline, delivery
        time.sleep(0.3)
