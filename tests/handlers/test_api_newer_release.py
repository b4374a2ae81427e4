"""What a newer release left in the tables before this one was deployed over it, through the api."""

import json
from typing import Any
from uuid import UUID

import pytest

from database import deliveries, jobs
from database.connection import Connection
from pipeline.states import JobEvent
from tests.api_requests import Call, event, get, request

NEWER_OPTIONS: dict[str, Any] = {
    "quality": "good",
    "format": ["avif", "jxl"],
    "store": "r2",
    "variants": [{"name": "thumb", "width": 200}],
}


@pytest.fixture
def newer(connection: Connection, job_id: UUID) -> UUID:
    """A job with values that this release knows nothing of, as a newer schema allows them."""
    for table, check in (
        ("jobs", "jobs_status_check"),
        ("images", "images_status_check"),
        ("deliveries", "deliveries_status_check"),
    ):
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
    connection.execute("ALTER TABLE jobs ADD feed_id uuid, ADD changes jsonb DEFAULT '{}'")
    connection.execute(
        "UPDATE jobs SET status = 'exploring', options = %s, webhook_url = 'https://a.example',"
        " images_total = 2, error_code = 'no_images', error_message = 'There are none.'",
        [json.dumps(NEWER_OPTIONS)],
    )
    connection.execute(
        "INSERT INTO images (job_id, position, url, url_digest, status, error_code, error_message)"
        " VALUES (%(job)s, 0, 'https://a.example/0', '0', 'reused', NULL, NULL),"
        "        (%(job)s, 1, 'https://a.example/1', '1', 'failed', 'sanctioned', 'No.')",
        {"job": job_id},
    )
    job = jobs.get(connection, job_id)
    assert job is not None
    deliveries.open_delivery(connection, job, JobEvent.PROGRESS, body='{"newer": 1}')
    connection.execute("UPDATE deliveries SET event = 'job.explored', status = 'parked'")
    return job_id


def test_the_tenants_list_shows_it_beside_the_others(call: Call, newer: UUID) -> None:
    other = call(event("create-json"))["body"]["job_id"]
    answer = get(call, "/v1/jobs")
    assert answer["statusCode"] == 200
    assert [each["job_id"] for each in answer["body"]["items"]] == [other, str(newer)]
    assert answer["body"]["items"][1]["status"] == "exploring"


def test_it_is_shown_with_all_that_was_asked_of_it(call: Call, newer: UUID) -> None:
    answer = get(call, f"/v1/jobs/{newer}")
    assert answer["statusCode"] == 200
    assert answer["body"]["options"].items() >= NEWER_OPTIONS.items()
    assert answer["body"]["options"]["max_width"] is None
    assert answer["body"]["error"]["code"] == "no_images"
    assert answer["headers"]["Retry-After"]  # whoever deploys the newer release again ends it


def test_its_images_are_listed(call: Call, newer: UUID) -> None:
    items = get(call, f"/v1/jobs/{newer}/images")["body"]["items"]
    shown = [(each["status"], each["error"] and each["error"]["code"]) for each in items]
    assert shown == [("reused", None), ("failed", "sanctioned")]


def test_its_deliveries_are_listed(call: Call, newer: UUID) -> None:
    [delivery] = get(call, f"/v1/jobs/{newer}/deliveries")["body"]["items"]
    assert (delivery["event"], delivery["status"]) == ("job.explored", "parked")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "cancel"), ("POST", "retry"), ("GET", "result"), ("GET", "failures")],
)
def test_what_cannot_be_done_with_it_is_refused_in_words(
    call: Call, newer: UUID, method: str, path: str
) -> None:
    answer = call(request(method, f"/v1/jobs/{newer}/{path}"))
    assert answer["statusCode"] in {404, 409}
    assert "exploring" in answer["body"]["detail"]


def test_a_webhook_that_it_wrote_is_sent_again_as_it_is(
    call: Call, newer: UUID, connection: Connection
) -> None:
    [delivery] = get(call, f"/v1/jobs/{newer}/deliveries")["body"]["items"]
    answer = call(request("POST", f"/v1/deliveries/{delivery['delivery_id']}/redeliver"))
    assert (answer["statusCode"], answer["body"]["status"]) == (202, "pending")
    [(body,)] = connection.execute("SELECT body FROM deliveries").fetchall()
    assert body == '{"newer": 1}'
