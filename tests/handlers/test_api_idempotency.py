"""The same request sent again under its Idempotency-Key, through the api function."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from mypy_boto3_s3 import S3Client

from api.models_requests import CreateJob
from database import idempotency, jobs
from database.connection import Connection
from pipeline.options import ImageOptions
from pipeline.states import JobStatus
from tests.api_requests import CSV, Answer, Call, assert_problem, event, form, request

Post = Callable[..., Answer]


@pytest.fixture
def post(call: Call) -> Post:
    def send(
        body: bytes = b"{}", kind: str = "application/json", *, key: str = "k-1", **more: Any
    ) -> Answer:
        headers = {"content-type": kind, "idempotency-key": key}
        return call(request("POST", "/v1/jobs", headers=headers, body=body, **more))

    return send


def count(connection: Connection) -> int:
    [(found,)] = connection.execute("SELECT count(*) FROM jobs").fetchall()
    return int(found)


def test_the_same_request_leads_to_the_same_job_and_a_fresh_form(
    post: Post, connection: Connection
) -> None:
    first = post(b'{"filename": "a.csv"}')
    connection.execute("UPDATE jobs SET upload_expires_at = upload_expires_at - interval '9 min'")
    again = post(b'{ "filename": "a.csv", "options": {} }')
    assert first["statusCode"] == again["statusCode"] == 201
    assert again["headers"]["Location"] == first["headers"]["Location"]
    assert set(again["body"]) == {"job_id", "status", "upload"}
    assert again["body"]["job_id"] == first["body"]["job_id"]
    assert again["body"]["upload"]["expires_at"] > first["body"]["upload"]["expires_at"]
    assert count(connection) == 1


def test_once_the_csv_has_come_there_is_no_form(post: Post, connection: Connection) -> None:
    job_id = UUID(post()["body"]["job_id"])
    jobs.begin_ingest(connection, job_id, version_id="v1")
    again = post()
    assert again["statusCode"] == 201
    assert again["body"] == {"job_id": str(job_id), "status": "ingesting", "upload": None}


def test_a_csv_sent_again_is_stored_once(post: Post, connection: Connection, s3: S3Client) -> None:
    first = post(CSV, "text/csv")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    again = post(CSV, "text/csv")
    assert first["statusCode"] == again["statusCode"] == 202
    assert first["body"] == again["body"]
    versions = s3.list_object_versions(Bucket="uploads")["Versions"]
    assert len(versions) == 1
    assert count(connection) == 1


def test_a_csv_that_could_not_be_stored_is_stored_by_the_next_try(
    post: Post, connection: Connection, s3: S3Client
) -> None:
    s3.delete_bucket(Bucket="uploads")
    assert_problem(post(CSV, "text/csv"), 503, "storage_unavailable")
    s3.create_bucket(Bucket="uploads")
    answer = post(CSV, "text/csv")
    assert (answer["statusCode"], answer["body"]["status"]) == (202, "ingesting")
    assert count(connection) == 1


def test_a_form_is_the_same_with_another_boundary(call: Call, connection: Connection) -> None:
    headers, body = form(file=("a.csv", CSV), quality="33")
    key = {"idempotency-key": "k"}
    first = call(request("POST", "/v1/jobs", headers=headers | key, body=body))
    headers = {"content-type": "multipart/form-data; boundary=another"}
    body = body.replace(b"--xYz", b"--another")
    again = call(request("POST", "/v1/jobs", headers=headers | key, body=body))
    assert again["body"]["job_id"] == first["body"]["job_id"]
    assert count(connection) == 1


@pytest.mark.parametrize(
    ("body", "kind", "query"),
    [
        pytest.param(
            CSV + b"2,Jug,https://shop.example/b.jpg\r\n", "text/csv", {}, id="a row more"
        ),
        pytest.param(CSV, "text/csv", {"quality": "9"}, id="another quality"),
        pytest.param(b"{}", "application/json", {}, id="JSON"),
    ],
)
def test_another_request_under_the_same_key_is_refused(
    post: Post, connection: Connection, body: bytes, kind: str, query: dict[str, str]
) -> None:
    post(CSV, "text/csv")
    problem = assert_problem(post(body, kind, query=query), 422, "idempotency_key_reused")
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert count(connection) == 1


def test_other_keys_and_none_make_jobs_of_their_own(
    post: Post, call: Call, connection: Connection
) -> None:
    post()
    post(key="k-2")
    for _ in range(2):
        call(event("create-json"))
    assert count(connection) == 4


def test_a_key_is_its_tenants_own(
    post: Post, call: Call, connection: Connection, other_key: str
) -> None:
    headers = {"content-type": "application/json", "idempotency-key": "k-1"}
    mine = post()["body"]["job_id"]
    theirs = call(request("POST", "/v1/jobs", headers=headers, body=b"{}", key=other_key))
    assert theirs["statusCode"] == 201
    assert theirs["body"]["job_id"] != mine


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param("k" * 256, id="too long"),
        pytest.param("schl\u00fcssel", id="not ASCII"),
        pytest.param("a\x00b", id="with a zero byte"),
    ],
)
def test_a_key_that_is_none_is_named(post: Post, connection: Connection, key: str) -> None:
    problem = assert_problem(post(key=key), 422, "invalid_request")
    assert problem["errors"][0]["field"].lower() == "idempotency-key"
    assert count(connection) == 0


def test_two_at_once_make_one_job(
    post: Post,
    connection: Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other request has made its job, and commits while ours waits for the key."""
    seen: list[UUID] = []
    claim = idempotency.claim

    def overtaken(own: Connection, keyed: idempotency.Keyed, job_id: UUID) -> bool:
        monkeypatch.setattr(idempotency, "claim", claim)
        with psycopg.connect(database_url) as rival:
            [(other,)] = rival.execute(
                "INSERT INTO jobs (tenant_id, options, upload_expires_at)"
                " SELECT tenant_id, options, upload_expires_at + interval '1 h' FROM jobs"
                " UNION ALL SELECT %s, '{}', now() LIMIT 1 RETURNING job_id",
                [keyed.tenant_id],
            ).fetchall()
            assert claim(rival, keyed, other)
            seen.append(other)
            commit = threading.Timer(0.2, rival.commit)
            commit.start()
            result = claim(own, keyed, job_id)
            commit.join()
        return result

    monkeypatch.setattr(idempotency, "claim", overtaken)
    answer = post()
    assert answer["statusCode"] == 201
    assert answer["body"]["job_id"] == str(seen[0])
    assert count(connection) == 1


def test_a_key_goes_with_its_job(post: Post, connection: Connection) -> None:
    job_id = UUID(post()["body"]["job_id"])
    connection.execute("DELETE FROM jobs")
    assert post()["body"]["job_id"] != str(job_id)


def test_a_key_whose_job_expired_makes_another_job(post: Post, connection: Connection) -> None:
    expired = UUID(post()["body"]["job_id"])
    jobs.move(connection, expired, JobStatus.EXPIRED)
    answers = [post()["body"] for _ in range(2)]
    assert answers[0]["job_id"] == answers[1]["job_id"] != str(expired)
    assert [each["status"] for each in answers] == ["awaiting_upload"] * 2
    assert answers[0]["upload"] is not None


def test_a_csv_whose_job_expired_while_s3_was_away_begins_when_it_is_sent_again(
    post: Post, connection: Connection, s3: S3Client
) -> None:
    s3.delete_bucket(Bucket="uploads")
    assert_problem(post(CSV, "text/csv"), 503, "storage_unavailable")
    connection.execute("UPDATE jobs SET status = 'expired'")
    s3.create_bucket(Bucket="uploads")
    answer = post(CSV, "text/csv")
    assert (answer["statusCode"], answer["body"]["status"]) == (202, "ingesting")
    assert post(CSV, "text/csv")["body"]["job_id"] == answer["body"]["job_id"]
    assert count(connection) == 2


def test_a_csv_sent_again_does_not_expire_on_its_way(
    post: Post, connection: Connection, s3: S3Client
) -> None:
    s3.delete_bucket(Bucket="uploads")
    post(CSV, "text/csv")
    connection.execute("UPDATE jobs SET upload_expires_at = now() - interval '1 hour'")
    post(CSV, "text/csv")
    [(left,)] = connection.execute("SELECT upload_expires_at > now() FROM jobs").fetchall()
    assert left


@pytest.mark.parametrize(
    ("sent", "digest"),
    [
        pytest.param(
            (
                b'{"filename": "a.csv", "options": {"quality": 60, "format": "webp"}}',
                "application/json",
                {},
            ),
            "af8109d2b2df0e48432a540749f0d977faa72d0bf66d99e206f39a0630b56281",
            id="options in JSON",
        ),
        pytest.param(
            (b"{}", "application/json", {}),
            "17b75b5ee5ac754806eff7f3837adc2f20bf6322dbe60ee7dd6637ca0bb063a2",
            id="nothing said",
        ),
        pytest.param(
            (CSV, "text/csv", {"quality": "60"}),
            "e27aec089e5d7dd08ea7a184af75cbcd5fd288aac1525ab99bd933abd0f1363b",
            id="a CSV and a query",
        ),
    ],
)
def test_keys_of_release_0_1_still_lead_to_their_jobs(
    post: Post, connection: Connection, sent: tuple[bytes, str, dict[str, str]], digest: str
) -> None:
    """The digests are those that release 0.1 stored for these requests."""
    body, kind, query = sent
    job_id = post(body, kind, query=query)["body"]["job_id"]
    connection.execute("UPDATE idempotency_keys SET request_sha256 = %s", [bytes.fromhex(digest)])
    assert post(body, kind, query=query)["body"]["job_id"] == job_id


def test_a_later_release_with_one_more_option_takes_a_request_for_the_same(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    class LaterOptions(ImageOptions):
        effort: str = "default"

    class LaterJob(CreateJob):
        options: LaterOptions = LaterOptions()

    body = b'{"options": {"quality": 60}}'
    job_id = post(body)["body"]["job_id"]
    monkeypatch.setattr("api.bodies.CreateJob", LaterJob)
    assert post(body)["body"]["job_id"] == job_id
    changed = post(b'{"options": {"quality": 60, "effort": "fast"}}')
    assert_problem(changed, 422, "idempotency_key_reused")
