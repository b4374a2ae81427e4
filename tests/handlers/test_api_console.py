"""``GET /``: the web console."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from pipeline.job import Job
from pipeline.states import JobStatus
from tests.api_requests import Call, event, get

PLACES = {
    "us-east-1": (
        {"AWS_DEFAULT_REGION": "us-east-1"},
        {
            "https://uploads.s3.us-east-1.amazonaws.com",
            "https://results.s3.us-east-1.amazonaws.com",
        },
    ),
    "eu-central-1": (
        {"AWS_DEFAULT_REGION": "eu-central-1"},
        {
            "https://uploads.s3.eu-central-1.amazonaws.com",
            "https://results.s3.eu-central-1.amazonaws.com",
        },
    ),
    "an emulator": (
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        {"http://127.0.0.1:4566"},
    ),
}
"""What the environment says, and where CSVs then go and come from."""


def test_the_console_needs_no_key_and_may_send_to_the_storage(call: Call) -> None:
    answer = call(event("console"))
    assert answer["statusCode"] == 200
    headers = answer["headers"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert answer["body"].startswith("<!doctype html>")


@pytest.mark.parametrize("place", PLACES)
def test_it_may_talk_to_the_hosts_of_signed_addresses_and_to_no_others(
    call: Call, new_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    environment, hosts = PLACES[place]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    form = call(event("create-json"))["body"]["upload"]["url"]
    done = new_job(JobStatus.COMPLETED).job_id
    result = get(call, f"/v1/jobs/{done}/result")["headers"]["Location"]
    assert {f"{each.scheme}://{each.netloc}" for each in map(urlsplit, (form, result))} == hosts

    policy = call(event("console"))["headers"]["Content-Security-Policy"]
    directives = {name: {*values} for name, *values in map(str.split, policy.split("; "))}
    assert directives["connect-src"] == {"'self'", *hosts}
    # Its script sends the form, by connect-src. Images come from the CDN or the emulator, and
    # those from before from wherever a user says.
    assert directives["form-action"] == {"'none'"}
    assert {"https:", "http:"} <= directives["img-src"]


def test_it_is_compressed_for_those_who_can_read_it(call: Call) -> None:
    compressed = event("console")
    compressed["headers"]["accept-encoding"] = "gzip, br"
    answer = call(compressed)
    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert answer["isBase64Encoded"]
    assert len(answer["body"]) < 60_000
