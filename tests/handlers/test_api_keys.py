"""Keys that the api function takes, and those that it refuses."""

import json
from uuid import UUID, uuid4

import pytest

from database.connection import Connection
from tests.api_requests import (
    KEY,
    Call,
    assert_problem,
    event,
    get,
)

GOOD_HEADERS = [
    {"authorization": f"Bearer {KEY}"},
    {"authorization": f"bearer  {KEY}"},
    {"X-API-Key": KEY},
    {"authorization": "Basic eDp5", "x-api-key": KEY},
]
BAD_HEADERS = [
    {},
    {"authorization": "Bearer"},
    {"authorization": KEY},
    {"x-api-key": "wrong"},
    {"x-api-key": "\x00é"},
]


class TestKeys:
    def test_either_header_carries_the_key(self, call: Call) -> None:
        for headers in GOOD_HEADERS:
            assert get(call, "/v1/jobs", key=None, headers=headers)["statusCode"] == 200

    def test_without_a_good_key_there_is_nothing(self, call: Call) -> None:
        for headers in BAD_HEADERS:
            for path in ("/v1/jobs", f"/v1/jobs/{uuid4()}", "/v1/webhook-secret", "/v1/nothing"):
                answer = get(call, path, key=None, headers=headers)
                assert_problem(answer, 401, "unauthorized")
                assert answer["headers"]["WWW-Authenticate"].startswith("Bearer ")

    def test_an_expired_and_a_revoked_key_are_refused(
        self, call: Call, connection: Connection
    ) -> None:
        connection.execute("UPDATE api_keys SET expires_at = now() - interval '1 second'")
        assert_problem(get(call, "/v1/jobs"), 401, "unauthorized")
        connection.execute("UPDATE api_keys SET expires_at = NULL, revoked_at = now()")
        assert_problem(get(call, "/v1/jobs"), 401, "unauthorized")

    def test_another_tenants_job_is_not_there(
        self, call: Call, job_id: UUID, other_key: str
    ) -> None:
        for path in ("", "/images", "/result", "/deliveries"):
            answer = get(call, f"/v1/jobs/{job_id}{path}", key=other_key)
            assert_problem(answer, 404, "job_not_found")
        assert get(call, "/v1/jobs", key=other_key)["body"]["items"] == []

    def test_keys_and_bodies_are_not_logged(
        self, call: Call, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call(event("create-csv"))
        [line] = capsys.readouterr().out.splitlines()
        logged = json.loads(line)
        assert {"request_id", "tenant_id", "job_id", "route", "status"} <= set(logged)
        assert KEY not in line
        assert "Oak chair" not in line
        assert "hooks" not in line
