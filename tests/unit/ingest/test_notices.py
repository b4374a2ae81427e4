import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.notices import announced

JOB_ID = UUID("019ce3a0-1111-7abc-8def-000000000001")
KEY = f"uploads/{JOB_ID}.csv"


def notified(key: str, event: str = "ObjectCreated:Put", **more: str) -> dict[str, object]:
    return {"eventName": event, "s3": {"object": {"key": key, **more}}}


def test_a_notification_may_speak_of_several_uploads() -> None:
    body = {"Records": [notified(KEY, versionId="v1"), notified(KEY.replace("/", "%2F"))]}
    found = announced(json.dumps(body))
    assert [(each.job_id, each.version_id) for each in found] == [(JOB_ID, "v1"), (JOB_ID, None)]


@pytest.mark.parametrize("event", ["ObjectRemoved:Delete", "ObjectTagging:Put"])
def test_only_new_objects_are_uploads(event: str) -> None:
    assert announced(json.dumps({"Records": [notified(KEY, event)]})) == []


def test_our_own_message_says_the_same() -> None:
    (found,) = announced(json.dumps({"job_id": str(JOB_ID), "version_id": "v1"}))
    assert (found.job_id, found.version_id) == (JOB_ID, "v1")


@pytest.mark.parametrize(
    "body",
    ["", "{", "{}", '{"job_id": "x"}', json.dumps({"Records": [notified("images/1.jpg")]})],
    ids=["nothing", "cut short", "empty object", "invalid id", "key of no upload"],
)
def test_anything_else_is_an_error(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (of several kinds)
        announced(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


@given(JSON)
def test_no_json_at_all_breaks_it_otherwise(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        announced(json.dumps(value))
