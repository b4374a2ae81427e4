"""Choosing where a job's images go, through the api function."""

import json
from typing import Any
from uuid import UUID

import pytest

from api.handler import application
from database import jobs
from database.connection import Connection
from tests.api_requests import CSV, Answer, Call, assert_problem, form, get, request

JSON = {"content-type": "application/json"}
TEXT = {"content-type": "text/csv"}


def by_json(call: Call, store: str | None) -> Answer:
    options = {} if store is None else {"store": store}
    body = json.dumps({"options": options}).encode()
    return call(request("POST", "/v1/jobs", headers=JSON, body=body))


def by_query(call: Call, store: str | None) -> Answer:
    query = {} if store is None else {"store": store}
    return call(request("POST", "/v1/jobs", headers=TEXT, body=CSV, query=query))


def by_form(call: Call, store: str | None) -> Answer:
    fields: dict[str, Any] = {} if store is None else {"store": store}
    headers, body = form(file=("a.csv", CSV), **fields)
    return call(request("POST", "/v1/jobs", headers=headers, body=body))


WAYS = pytest.mark.parametrize(
    ("send", "field"), [(by_json, "options.store"), (by_query, "store"), (by_form, "store")]
)


def stored(connection: Connection, answer: Answer) -> object:
    job = jobs.get(connection, UUID(answer["body"]["job_id"]))
    assert job is not None
    return job.options["store"]


@WAYS
@pytest.mark.parametrize("stores", ["s3,cloudinary", "cloudinary,s3"])
def test_a_job_goes_where_it_asks_or_to_the_usual_store(
    *,
    call: Call,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    send: Any,
    field: str,
    stores: str,
) -> None:
    monkeypatch.setenv("STORES", stores)
    assert stored(connection, send(call, "s3")) == "s3"
    assert stored(connection, send(call, "cloudinary")) == "cloudinary"
    assert stored(connection, send(call, None)) == stores.partition(",")[0]


@WAYS
def test_a_store_that_the_stage_does_not_have_is_refused(
    call: Call, connection: Connection, send: Any, field: str
) -> None:
    problem = assert_problem(send(call, "cloudinary"), 422, "invalid_request")
    message = "this installation has no cloudinary store, only s3"
    assert problem["detail"] == f"{field}: {message}."
    assert problem["errors"] == [{"field": field, "message": message}]
    assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


@WAYS
def test_a_store_that_does_not_exist_is_refused(call: Call, send: Any, field: str) -> None:
    problem = assert_problem(send(call, "ftp"), 422, "invalid_request")
    assert [each["field"] for each in problem["errors"]] == [field]
    assert "'s3' or 'cloudinary'" in problem["detail"]


def test_a_job_s_status_names_its_store(call: Call) -> None:
    job_id = by_query(call, None)["body"]["job_id"]
    assert get(call, f"/v1/jobs/{job_id}")["body"]["options"]["store"] == "s3"


def test_a_request_without_a_store_is_the_same_after_the_usual_store_changed(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = JSON | {"idempotency-key": "k-1"}
    first = call(request("POST", "/v1/jobs", headers=headers, body=b"{}"))
    application()._backend.database.close()
    application.cache_clear()
    monkeypatch.setenv("STORES", "cloudinary,s3")
    again = call(request("POST", "/v1/jobs", headers=headers, body=b"{}"))
    assert again["body"]["job_id"] == first["body"]["job_id"]
