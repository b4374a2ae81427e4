"""What one release stores and another reads: options, requests by their keys, cursors, webhooks."""

import base64
import json
from typing import Any

import pytest

from api import cursors
from api.models_requests import CreateJob
from api.submissions import as_in_the_first_release
from pipeline.errors import NotUnderstoodError
from pipeline.job import Job, JobView
from pipeline.options import ImageFormat, ImageOptions, StoreName, shown, understood
from pipeline.states import JobStatus
from tests.upgrades.last_release import LastRelease
from tests.upgrades.test_messages import contained

EVERY_OPTION: dict[str, Any] = {
    "quality": 70,
    "format": "avif",
    "max_width": 800,
    "max_height": 600,
    "store": "cloudinary",
}
REQUESTS: list[dict[str, Any]] = [
    {},
    {"filename": "Möbel\u2028 \U0001fa91.csv"},
    {"webhook_url": "https://shop.example/hook?a=1&b=2", "options": {}},
    *({"options": {name: value}} for name, value in EVERY_OPTION.items()),
    *({"options": {"format": each}} for each in ImageFormat),
    *({"options": {"store": each}} for each in StoreName),
    {"filename": "a.csv", "webhook_url": "http://shop.example", "options": EVERY_OPTION},
]


class NewerOptions(ImageOptions):
    """Those of some release after this one."""

    trim: bool = False
    variants: tuple[str, ...] = ()
    background: str | None = None


class NewerRequest(CreateJob):
    """Likewise."""

    source_url: str | None = None
    options: NewerOptions = NewerOptions()


def requested() -> list[CreateJob]:
    return [CreateJob.model_validate_json(json.dumps(body), strict=True) for body in REQUESTS]


def test_the_last_release_obeys_the_options_that_are_stored_here(last_release: LastRelease) -> None:
    asked = [request.options for request in requested()]
    obeyed = last_release.run("options", [options.stored() for options in asked])
    assert obeyed == [options.model_dump(mode="json") for options in asked]


def test_options_that_the_last_release_stored_are_obeyed_here(last_release: LastRelease) -> None:
    stored = last_release.run("requests", REQUESTS)
    assert [understood(each["options"]) for each in stored] == [
        request.options for request in requested()
    ]


def test_a_request_is_the_one_that_the_last_release_knows_under_its_key(
    last_release: LastRelease,
) -> None:
    stored = last_release.run("requests", REQUESTS)
    digested = [as_in_the_first_release(request) for request in requested()]
    assert [each["digested"] for each in stored] == digested


@pytest.mark.parametrize("body", REQUESTS, ids=[f"request {n}" for n in range(len(REQUESTS))])
def test_what_a_newer_release_adds_changes_no_request_that_does_not_use_it(
    body: dict[str, Any],
) -> None:
    request = CreateJob.model_validate_json(json.dumps(body), strict=True)
    newer = NewerRequest.model_validate_json(json.dumps(body), strict=True)
    assert as_in_the_first_release(newer) == as_in_the_first_release(request)
    assert newer.options.stored() == request.options.stored()


@pytest.mark.parametrize(
    "added",
    [{"trim": True}, {"variants": ("thumb",)}, {"background": "#ffffff"}],
    ids=["a switch", "a list", "a text"],
)
def test_what_a_newer_release_adds_is_stored_and_compared_where_it_is_used(
    added: dict[str, Any],
) -> None:
    options = NewerOptions(**added)
    assert options.stored().keys() - ImageOptions().stored().keys() == added.keys()
    assert as_in_the_first_release(NewerRequest(options=options)) is None


ODD: dict[str, dict[str, Any]] = {
    "another option": {"trim": True},
    "another format": {"format": "jxl"},
    "a format of another kind": {"format": ["avif", "webp"]},
    "another store": {"store": "r2"},
    "another quality": {"quality": "good"},
    "a larger side": {"max_width": 100_000},
    "nested": {"variants": [{"name": "thumb", "width": 200}]},
}


@pytest.mark.parametrize("newer", ODD.values(), ids=ODD)
def test_options_of_a_newer_release_are_shown_and_not_obeyed(newer: dict[str, Any]) -> None:
    stored = ImageOptions(quality=40).stored() | newer
    assert shown(stored).items() >= stored.items()
    with pytest.raises(NotUnderstoodError, match=next(iter(newer))):
        understood(stored)


@pytest.mark.parametrize("missing", EVERY_OPTION)
def test_an_option_that_is_not_stored_has_its_default(missing: str) -> None:
    stored = {name: value for name, value in EVERY_OPTION.items() if name != missing}
    default = ImageOptions.model_fields[missing].default
    assert getattr(understood(stored), missing) == default
    assert shown(stored) == EVERY_OPTION | {missing: default}


def test_an_option_that_is_null_is_as_good_as_absent() -> None:
    assert understood({"trim": None, "max_width": None}) == ImageOptions()


def test_cursors_go_on_in_the_other_release(last_release: LastRelease) -> None:
    made = cursors.encode("all jobs of acme", "42")
    asked = {"list": "all jobs of acme", "after": "42", "cursor": made}
    answer = last_release.run("cursors", asked)
    assert answer["after"] == "42"
    assert cursors.decode("all jobs of acme", answer["cursor"]) == "42"


def test_a_cursor_with_a_field_of_a_newer_release_goes_on() -> None:
    made = cursors.encode("all jobs of acme", "42")
    content = json.loads(base64.urlsafe_b64decode(made + "=" * (-len(made) % 4)))
    newer = base64.urlsafe_b64encode(json.dumps(content | {"newer": [1]}).encode())
    assert cursors.decode("all jobs of acme", newer.rstrip(b"=").decode()) == "42"


ROW: dict[str, Any] = {
    "job_id": "00000000-0000-0000-0000-000000000001",
    "tenant_id": "00000000-0000-0000-0000-000000000002",
    "status": "completed",
    "filename": "a.csv",
    "webhook_url": "https://shop.example/hook",
    "options": EVERY_OPTION,
    "source_version": "v1",
    "rows_total": 9,
    "rows_rejected": 1,
    "images_total": 8,
    "images_succeeded": 5,
    "images_failed": 3,
    "images_queued": 8,
    "retries": 1,
    "milestone": 75,
    "input_bytes": 900,
    "output_bytes": 300,
    "error_code": None,
    "error_message": None,
    "created_at": "2026-09-21T12:00:00Z",
    "updated_at": "2026-09-21T12:00:01Z",
    "completed_at": "2026-09-21T12:00:02Z",
    "upload_expires_at": "2026-09-21T12:15:00Z",
}


def test_clients_and_receivers_find_all_that_the_last_release_told_them(
    last_release: LastRelease,
) -> None:
    """Webhooks that were written before a deploy are sent after it, and clients outlive both."""
    rows = [ROW | {"status": status.value} for status in JobStatus]
    rows.append(ROW | {"status": "rejected", "error_code": "not_a_csv", "error_message": "No."})
    rows.append(ROW | {"options": {}})
    for row, before in zip(rows, last_release.run("views", rows), strict=True):
        view = JobView.of(Job.model_validate(row), api_url="https://api.example")
        assert contained(before, view.model_dump(mode="json"))


def test_a_row_of_a_newer_release_is_shown_as_far_as_it_is_known() -> None:
    newer = ROW | {"status": "exploring", "options": ODD["nested"], "a_newer_column": 1}
    job = Job.model_validate(newer)
    view = JobView.of(job, api_url="https://api.example").model_dump(mode="json")
    assert view["status"] == "exploring"
    assert view["options"].items() >= ODD["nested"].items()
    assert (job.is_active, view["progress"], view["result_url"]) == (True, 0.0, None)
