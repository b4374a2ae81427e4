"""Jobs through the api function: made, shown, with their images and results."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from mypy_boto3_s3 import S3Client

from api import pages
from database import images, jobs, outcomes
from database.connection import Connection
from database.images import NewImage
from pipeline.errors import ImageErrorCode
from pipeline.messages import (
    Failure,
    ImageFinished,
    OutputImage,
    SourceImage,
)
from pipeline.states import ImageStatus, JobStatus
from tests.api_requests import (
    API_URL,
    CSV,
    KEY,
    Call,
    assert_problem,
    event,
    form,
    get,
    request,
)


class TestCreating:
    def test_a_json_body_is_answered_with_a_presigned_upload(
        self, call: Call, connection: Connection
    ) -> None:
        answer = call(event("create-json"))
        assert answer["statusCode"] == 201
        body = answer["body"]
        assert set(body) == {"job_id", "status", "upload"}
        assert body["status"] == "awaiting_upload"
        assert answer["headers"]["Location"] == f"{API_URL}/v1/jobs/{body['job_id']}"
        job = jobs.get(connection, UUID(body["job_id"]))
        assert job is not None
        assert job.webhook_url == "https://shop.example/hooks/darkroom"
        assert job.options.items() >= {"quality": 70, "format": "webp", "max_width": 1600}.items()

    def test_the_upload_binds_key_type_and_size_for_fifteen_minutes(self, call: Call) -> None:
        body = call(event("create-json"))["body"]
        fields = body["upload"]["fields"]
        key = f"uploads/{body['job_id']}.csv"
        assert (fields["key"], fields["Content-Type"]) == (key, "text/csv")
        assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
        conditions = json.loads(base64.b64decode(fields["policy"]))["conditions"]
        assert {"key": key} in conditions
        assert {"bucket": "uploads"} in conditions
        assert {"Content-Type": "text/csv"} in conditions
        assert ["content-length-range", 1, 200 * 1024 * 1024] in conditions

    @pytest.mark.parametrize("body", [b"{}", None], ids=["empty object", "no body"])
    def test_everything_about_a_job_is_optional(self, call: Call, body: bytes | None) -> None:
        headers = {"content-type": "application/json"} if body else {}
        answer = call(request("POST", "/v1/jobs", headers=headers, body=body))
        assert answer["statusCode"] == 201

    def test_a_csv_body_is_stored_as_it_is_and_the_job_begins(
        self, call: Call, s3: S3Client
    ) -> None:
        answer = call(event("create-csv"))
        assert answer["statusCode"] == 202
        body = answer["body"]
        assert answer["headers"]["Location"] == f"{API_URL}/v1/jobs/{body['job_id']}"
        assert (body["status"], body["filename"]) == ("ingesting", "chairs.csv")
        assert body["options"] == {
            "quality": 40,
            "format": "jpeg",
            "max_width": None,
            "max_height": 800,
            "store": "s3",
        }
        assert body["webhook_url"] == "https://shop.example/hooks?a=1,2"
        stored = s3.get_object(Bucket="uploads", Key=f"uploads/{body['job_id']}.csv")
        assert stored["Body"].read() == event("create-csv")["body"].encode()
        assert stored["ContentType"] == "text/csv"

    def test_a_form_brings_the_csv_and_its_options(self, call: Call, s3: S3Client) -> None:
        answer = call(event("create-multipart"))
        assert answer["statusCode"] == 202
        body = answer["body"]
        assert (body["status"], body["filename"]) == ("ingesting", "stühle.csv")
        assert (body["options"]["quality"], body["options"]["max_width"]) == (60, None)
        stored = s3.get_object(Bucket="uploads", Key=f"uploads/{body['job_id']}.csv")
        assert stored["Body"].read() == event("create-csv")["body"].encode()

    def test_a_form_carries_any_bytes(self, call: Call, s3: S3Client) -> None:
        content = "name,image_url\r\nStühle,https://a.example/1.jpg\r\n".encode("utf-16")
        headers, body = form(file=("C:\\data\\x.csv", content), quality="33")
        answer = call(request("POST", "/v1/jobs", headers=headers, body=body))
        assert answer["statusCode"] == 202
        assert answer["body"]["filename"] == "x.csv"
        stored = s3.get_object(Bucket="uploads", Key=f"uploads/{answer['body']['job_id']}.csv")
        assert stored["Body"].read() == content

    def test_a_csv_of_exactly_the_limit_is_taken(self, call: Call) -> None:
        body = CSV.ljust(4 * 1024 * 1024, b"x")
        headers = {"content-type": "text/csv"}
        assert call(request("POST", "/v1/jobs", headers=headers, body=body))["statusCode"] == 202
        too_large = call(request("POST", "/v1/jobs", headers=headers, body=body + b"x"))
        detail = assert_problem(too_large, 413, "body_too_large")["detail"]
        assert "4 MB" in detail
        assert "pre-signed" in detail

    def test_a_job_whose_csv_could_not_be_stored_is_answered_with_503(
        self, call: Call, s3: S3Client
    ) -> None:
        s3.delete_bucket(Bucket="uploads")
        answer = call(event("create-csv"))
        assert_problem(answer, 503, "storage_unavailable")
        assert answer["headers"]["Retry-After"] == "5"


REFUSED = [
    ("application/json", b'{"options": {"quality": 0}}', 422, "invalid_request"),
    ("application/json", b'{"filename": "a\\u0000b"}', 422, "invalid_request"),
    ("application/json", b"not json", 400, "malformed_request"),
    ("text/csv", b"", 422, "empty_file"),
    ("text/csv", "name,image_url".encode("utf-16"), 422, "unreadable_text"),
    ("multipart/form-data; boundary=x", b"--x", 400, "malformed_request"),
    ("application/xml", b"<csv/>", 415, "unsupported_media_type"),
]


def test_what_cannot_be_a_job_is_refused_and_leaves_none(
    call: Call, connection: Connection
) -> None:
    for kind, body, status, code in REFUSED:
        answer = call(request("POST", "/v1/jobs", headers={"content-type": kind}, body=body))
        assert_problem(answer, status, code)
    assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


# Each test has a database of its own; cases that leave nothing behind share one.


class TestShowing:
    def test_an_active_job_says_when_to_ask_again(self, call: Call, job_id: UUID) -> None:
        answer = get(call, f"/v1/jobs/{job_id}")
        assert answer["statusCode"] == 200
        assert answer["body"]["job_id"] == str(job_id)
        assert answer["headers"]["Retry-After"] == "2"

    def test_an_unchanged_job_is_answered_with_304(
        self, call: Call, job_id: UUID, connection: Connection
    ) -> None:
        etag = get(call, f"/v1/jobs/{job_id}")["headers"]["ETag"]
        for sent in (etag, f'"old", W/{etag}', "*"):
            again = get(call, f"/v1/jobs/{job_id}", headers={"if-none-match": sent})
            assert (again["statusCode"], again["body"]) == (304, "")
            assert again["headers"]["ETag"] == etag
        jobs.move(connection, job_id, JobStatus.PROCESSING)
        changed = get(call, f"/v1/jobs/{job_id}", headers={"if-none-match": etag})
        assert (changed["statusCode"], changed["body"]["status"]) == (200, "processing")

    def test_jobs_are_listed_newest_first_page_by_page(self, call: Call) -> None:
        made = [call(event("create-json"))["body"]["job_id"] for _ in range(5)]
        listed: list[str] = []
        query = {"limit": "2"}
        while True:
            page = get(call, "/v1/jobs", query=query)["body"]
            listed += [each["job_id"] for each in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert listed == made[::-1]

    @pytest.mark.parametrize("room", [1, 2_500])
    def test_a_page_ends_where_it_would_be_too_large_and_the_next_goes_on(
        self, call: Call, job_id: UUID, monkeypatch: pytest.MonkeyPatch, room: int
    ) -> None:
        monkeypatch.setattr(pages, "LARGEST_ANSWER", room)
        made = [call(event("create-json"))["body"]["job_id"] for _ in range(4)]
        found = _walked(call, "/v1/jobs")
        assert max(map(len, found)) < 5
        assert [each["job_id"] for page in found for each in page] == [*made[::-1], str(job_id)]

    def test_jobs_are_listed_by_status(self, call: Call, job_id: UUID) -> None:
        call(event("create-json"))
        listed = get(call, "/v1/jobs", query={"status": "ingesting"})["body"]["items"]
        assert [each["job_id"] for each in listed] == [str(job_id)]
        assert get(call, "/v1/jobs", query={"status": "rejected"})["body"]["items"] == []
        assert_problem(get(call, "/v1/jobs", query={"status": "lost"}), 422, "invalid_request")

    def test_a_cursor_is_good_only_for_its_own_list(
        self, call: Call, job_id: UUID, other_key: str
    ) -> None:
        call(event("create-json"))
        cursor = get(call, "/v1/jobs", query={"limit": "1"})["body"]["next_cursor"]
        for path, key in (
            ("/v1/jobs", other_key),
            (f"/v1/jobs/{job_id}/images", KEY),
        ):
            answer = get(call, path, query={"cursor": cursor}, key=key)
            problem = assert_problem(answer, 422, "invalid_request")
            assert problem["errors"][0]["field"] == "cursor"

    def test_parameters_out_of_range_are_named(self, call: Call, job_id: UUID) -> None:
        for query in OUT_OF_RANGE:
            answer = get(call, f"/v1/jobs/{job_id}/images", query=query)
            problem = assert_problem(answer, 422, "invalid_request")
            assert [each["field"] for each in problem["errors"]] == list(query)


def finish_images(connection: Connection, job_id: UUID) -> None:
    """Three images of the job: succeeded, failed, pending."""
    images.add(connection, job_id, [NewImage(n, f"https://shop.example/{n}.jpg") for n in range(3)])
    jobs.add_ingested(connection, job_id, rows=3, rejected=0, images=3, failed_images=0, queued=3)
    outcomes.record(
        connection,
        [
            ImageFinished(
                job_id=job_id,
                position=0,
                status=ImageStatus.SUCCEEDED,
                output_url="https://cdn.example/0.webp",
                input=SourceImage(bytes=900, width=30, height=20, format="jpeg"),
                output=OutputImage(bytes=300, width=30, height=20, format="webp", sha256="ab" * 32),
            ),
            ImageFinished(
                job_id=job_id,
                position=1,
                status=ImageStatus.FAILED,
                error=Failure(code=ImageErrorCode.NOT_FOUND, message="The server said 404."),
            ),
        ],
    )


OUT_OF_RANGE = [
    {"limit": "0"},
    {"limit": "1001"},
    {"limit": "-1"},
    {"limit": "many"},
    {"limit": "9" * 400},
    {"cursor": "nonsense"},
    {"cursor": "e30"},
    {"cursor": "é"},
    {"cursor": "A" * 5000},
    {"status": "lost"},
    {"status": "\x00"},
]


class TestImages:
    def test_each_image_shows_what_became_of_it(
        self, call: Call, job_id: UUID, connection: Connection
    ) -> None:
        finish_images(connection, job_id)
        body = get(call, f"/v1/jobs/{job_id}/images")["body"]
        assert body["next_cursor"] is None
        assert body["items"] == [
            {
                "source_url": "https://shop.example/0.jpg",
                "status": "succeeded",
                "output_url": "https://cdn.example/0.webp",
                "error": None,
                "input": {"bytes": 900, "width": 30, "height": 20, "format": "jpeg"},
                "output": {
                    "bytes": 300,
                    "width": 30,
                    "height": 20,
                    "format": "webp",
                    "sha256": "ab" * 32,
                },
            },
            {
                "source_url": "https://shop.example/1.jpg",
                "status": "failed",
                "output_url": None,
                "error": {"code": "not_found", "message": "The server said 404."},
                "input": None,
                "output": None,
            },
            {
                "source_url": "https://shop.example/2.jpg",
                "status": "pending",
                "output_url": None,
                "error": None,
                "input": None,
                "output": None,
            },
        ]

    @pytest.mark.parametrize("room", [1, 700])
    def test_a_page_of_images_ends_where_it_would_be_too_large(
        self, call: Call, job_id: UUID, connection: Connection, room: int
    ) -> None:
        finish_images(connection, job_id)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(pages, "LARGEST_ANSWER", room)
            found = _walked(call, f"/v1/jobs/{job_id}/images")
        assert len(found) > 1
        assert [each["source_url"] for page in found for each in page] == [
            f"https://shop.example/{n}.jpg" for n in range(3)
        ]

    def test_images_come_in_pages_and_by_status(
        self, call: Call, job_id: UUID, connection: Connection
    ) -> None:
        finish_images(connection, job_id)
        path = f"/v1/jobs/{job_id}/images"
        first = get(call, path, query={"limit": "2"})["body"]
        assert len(first["items"]) == 2
        second = get(call, path, query={"limit": "2", "cursor": first["next_cursor"]})["body"]
        assert [each["status"] for each in second["items"]] == ["pending"]
        assert second["next_cursor"] is None
        failed = get(call, path, query={"status": "failed"})["body"]["items"]
        assert [each["source_url"] for each in failed] == ["https://shop.example/1.jpg"]
        mixed = {"status": "failed", "cursor": first["next_cursor"]}
        assert_problem(get(call, path, query=mixed), 422, "invalid_request")


class TestResult:
    def test_there_is_none_while_the_job_is_active(self, call: Call, job_id: UUID) -> None:
        answer = get(call, f"/v1/jobs/{job_id}/result")
        assert_problem(answer, 409, "result_not_ready")
        assert answer["headers"]["Retry-After"] == "2"

    def test_there_will_be_none_of_a_rejected_job(
        self, call: Call, job_id: UUID, connection: Connection
    ) -> None:
        error = ("missing_column", "There is no column of image URLs.")
        jobs.move(connection, job_id, JobStatus.REJECTED, error=error)
        answer = get(call, f"/v1/jobs/{job_id}/result")
        detail = assert_problem(answer, 409, "result_not_ready")["detail"]
        assert error[1] in detail
        assert "Retry-After" not in answer["headers"]

    def test_a_completed_job_redirects_to_a_download_with_a_name(
        self, call: Call, job_id: UUID, connection: Connection
    ) -> None:
        for status in (JobStatus.PROCESSING, JobStatus.FINALIZING, JobStatus.COMPLETED):
            jobs.move(connection, job_id, status)
        answer = get(call, f"/v1/jobs/{job_id}/result")
        assert (answer["statusCode"], answer["body"]) == (303, "")
        parts = urlsplit(answer["headers"]["Location"])
        query = parse_qs(parts.query)
        assert parts.path.endswith(f"results/{job_id}.csv")
        assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
        assert query["response-content-disposition"] == ['attachment; filename="chairs-result.csv"']
        shown = get(call, f"/v1/jobs/{job_id}")
        assert shown["body"]["result_url"] == f"{API_URL}/v1/jobs/{job_id}/result"
        assert "Retry-After" not in shown["headers"]


def _walked(call: Call, path: str) -> list[list[dict[str, Any]]]:
    """The items of each page."""
    query: dict[str, str] = {}
    found: list[list[dict[str, Any]]] = []
    while True:
        page = get(call, path, query=query)["body"]
        found.append(page["items"])
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]
