"""The api function, fed with API Gateway's events, over a real PostgreSQL and moto's S3."""

import json
from uuid import UUID

import psycopg
import pytest
from openapi_spec_validator import validate

from api import handler
from api.handler import application
from api.problems import ProblemDetails
from database import deliveries, delivery_attempts, jobs
from database.connection import Connection
from database.delivery_attempts import Attempt
from pipeline.states import JobEvent
from pipeline.version import VERSION
from tests.api_requests import (
    API_URL,
    NO_IDS,
    Call,
    assert_problem,
    event,
    get,
    request,
)

UNKNOWN_PATHS = ["/nothing", "/v1/nothing", "/v1/jobs/x/y/z", "/v1", "/v1/jobs/"]


class TestWebhooks:
    def test_a_delivery_is_shown_as_it_was_at_one_moment(
        self, call: Call, job_id: UUID, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = jobs.get(connection, job_id)
        assert job is not None
        deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
        read = delivery_attempts.of_deliveries

        def read_late(own: Connection, delivery_ids: list[UUID]) -> list[Attempt]:
            connection.execute(
                "INSERT INTO delivery_attempts VALUES (%s, 1, now(), 204, NULL, 12)", delivery_ids
            )
            connection.execute("UPDATE deliveries SET status = 'delivered'")
            return read(own, delivery_ids)

        monkeypatch.setattr(delivery_attempts, "of_deliveries", read_late)
        [shown] = get(call, f"/v1/jobs/{job_id}/deliveries")["body"]["items"]
        assert (shown["status"], shown["attempts"]) == ("pending", [])

    def test_deliveries_show_every_attempt(
        self, call: Call, job_id: UUID, connection: Connection
    ) -> None:
        job = jobs.get(connection, job_id)
        assert job is not None
        deliveries.open_delivery(connection, job, JobEvent.PROCESSING, body="{}")
        deliveries.open_delivery(connection, job, JobEvent.COMPLETED, body="{}")
        first, second = deliveries.of_job(connection, job_id)
        connection.execute(
            "INSERT INTO delivery_attempts VALUES (%s, 1, now(), 204, NULL, 12)",
            [first.delivery_id],
        )
        connection.execute(
            "UPDATE deliveries SET status = 'delivered', next_attempt_at = NULL"
            " WHERE delivery_id = %s",
            [first.delivery_id],
        )
        body = get(call, f"/v1/jobs/{job_id}/deliveries")["body"]
        assert body["next_cursor"] is None
        shown, waiting = body["items"]
        assert shown["delivery_id"] == str(first.delivery_id)
        assert (shown["event"], shown["status"]) == ("job.processing", "delivered")
        assert shown["next_attempt_at"] is None
        [attempt] = shown["attempts"]
        assert (attempt["status_code"], attempt["error"], attempt["milliseconds"]) == (
            204,
            None,
            12,
        )
        assert waiting["delivery_id"] == str(second.delivery_id)
        assert (waiting["status"], waiting["attempts"]) == ("pending", [])
        assert waiting["next_attempt_at"] is not None

    def test_the_secret_is_the_tenants_own(self, call: Call, connection: Connection) -> None:
        body = get(call, "/v1/webhook-secret")["body"]
        assert body == {"secret": "whsec_" + "c2VjcmV0" * 4, "previous": None}
        connection.execute(
            "UPDATE tenants SET previous_webhook_secret = 'whsec_old',"
            " previous_secret_expires_at = now() + interval '1 hour'"
        )
        body = get(call, "/v1/webhook-secret")["body"]
        assert body["previous"]["secret"] == "whsec_old"
        assert body["previous"]["expires_at"]


class TestPaths:
    def test_unknown_paths_are_not_found(self, call: Call) -> None:
        for path in UNKNOWN_PATHS:
            assert_problem(get(call, path), 404, "not_found")

    def test_an_id_that_is_none_is_not_found(self, call: Call) -> None:
        for job in NO_IDS:
            for path in ("", "/images", "/result", "/deliveries"):
                answer = get(call, f"/v1/jobs/{job}{path}")
                assert answer["body"]["code"] in {"job_not_found", "not_found"}
                assert answer["statusCode"] == 404

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("DELETE", "/v1/jobs", "GET, POST"),
            ("POST", "/v1/jobs/01a20a25-981d-7ea6-8e1d-bfea52108785", "GET"),
            ("PUT", "/health", "GET"),
        ],
    )
    def test_a_method_that_does_not_fit_is_told_which_do(
        self, call: Call, method: str, path: str, allowed: str
    ) -> None:
        answer = call(request(method, path))
        assert_problem(answer, 405, "method_not_allowed")
        assert answer["headers"]["Allow"] == allowed


class TestTheDatabaseAway:
    def test_health_asks_the_database(self, call: Call) -> None:
        answer = call(event("health"))
        assert (answer["statusCode"], answer["body"]) == (200, {"status": "ok"})

    def test_a_connection_lost_between_requests_costs_no_error(
        self, call: Call, connection: Connection
    ) -> None:
        for sent in (event("list-jobs"), event("health"), event("create-csv")):
            assert call(sent)["statusCode"] < 300
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert call(sent)["statusCode"] < 300

    def test_a_database_that_is_away_is_503(
        self, call: Call, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away = psycopg.conninfo.make_conninfo(database_url, host="/nowhere")
        monkeypatch.setenv("DATABASE_URL", away)
        application.cache_clear()
        for sent in (event("health"), event("list-jobs"), event("create-csv")):
            answer = call(sent)
            problem = assert_problem(answer, 503, "database_unavailable")
            assert answer["headers"]["Retry-After"] == "5"
            assert "nowhere" not in json.dumps(problem)

    def test_a_database_whose_password_cannot_be_had_is_503_too(
        self, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DATABASE_URL")
        monkeypatch.setenv("DATABASE_SECRET_ARN", "nowhere")
        application.cache_clear()
        answer = call(event("list-jobs"))
        assert_problem(answer, 503, "database_unavailable")
        assert answer["headers"]["Retry-After"] == "5"
        assert "nowhere" not in json.dumps(answer["body"])

    def test_a_lock_that_others_keep_is_503_before_the_time_is_up(
        self, call: Call, job_id: UUID, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(handler, "STATEMENT_SECONDS", 0.2)
        application()._backend.database.close()
        application.cache_clear()
        with connection.transaction():
            connection.execute("SELECT * FROM jobs FOR UPDATE")
            answer = call(request("POST", f"/v1/jobs/{job_id}/cancel"))
            assert_problem(answer, 503, "database_unavailable")
        assert call(request("POST", f"/v1/jobs/{job_id}/cancel"))["statusCode"] == 200

    def test_a_mistake_of_ours_is_logged_and_told_without_internals(
        self, call: Call, connection: Connection, capsys: pytest.CaptureFixture[str]
    ) -> None:
        connection.execute("ALTER TABLE jobs RENAME TO forgotten")
        problem = assert_problem(get(call, "/v1/jobs"), 500, "internal_error")
        assert "forgotten" not in json.dumps(problem)
        assert "Traceback" in capsys.readouterr().out


class TestDocumentation:
    def test_the_document_is_valid_and_shows_all_three_bodies(self, call: Call) -> None:
        document = get(call, "/openapi.json", key=None)["body"]
        validate(document)
        assert document["info"]["version"] == VERSION
        assert document["servers"] == [{"url": API_URL}]
        post = document["paths"]["/v1/jobs"]["post"]
        assert set(post["requestBody"]["content"]) == {
            "application/json",
            "text/csv",
            "multipart/form-data",
        }
        assert {"201", "202", "400", "401", "413", "415", "422", "500", "503"} == set(
            post["responses"]
        )

    def test_every_error_is_documented_as_problem_details(self, call: Call) -> None:
        document = get(call, "/openapi.json", key=None)["body"]
        for path in document["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400:
                        assert list(response["content"]) == ["application/problem+json"]
        assert "HTTPValidationError" not in json.dumps(document)

    def test_every_call_and_every_error_has_an_example(self, call: Call) -> None:
        document = get(call, "/openapi.json", key=None)["body"]
        for path, operations in document["paths"].items():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    for kind, content in response.get("content", {}).items():
                        if path == "/openapi.json" and status == "200":
                            continue
                        assert content["examples"], (path, status)
                        if kind == "application/problem+json":
                            for code, example in content["examples"].items():
                                assert f"(`{code}`)" in response["description"]
                                ProblemDetails.model_validate(example["value"])
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    assert content["example"]

    def test_swagger_ui_runs_by_its_own_scripts_alone(self, call: Call) -> None:
        answer = call(event("docs"))
        assert answer["headers"]["Content-Type"].startswith("text/html")
        policy = answer["headers"]["Content-Security-Policy"]
        assert "script-src 'sha256-" in policy
        assert "connect-src 'self'" in policy
        html = answer["body"]
        for outside in ("<script src", "<link", "<img", "<iframe", "@import"):
            assert outside not in html.split("<body>")[0].lower()
        assert "<script src=" not in html
        assert json.dumps(API_URL) in html

    def test_the_page_is_compressed_for_those_who_can_read_it(self, call: Call) -> None:
        answer = get(call, "/docs", headers={"accept-encoding": "gzip, br"})
        assert answer["headers"]["Content-Encoding"] == "gzip"
        assert answer["isBase64Encoded"]
        assert len(answer["body"]) < 1_000_000

    def test_every_answer_has_the_security_headers(self, call: Call) -> None:
        for path in ("/v1/jobs", "/nothing", "/docs", "/health"):
            headers = get(call, path)["headers"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert get(call, "/v1/jobs")["headers"]["Cache-Control"] == "no-store"
