"""Messages between two releases: each reads what the other sends, or leaves it to the other."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from ingest.notices import NOTICE
from pipeline import messages
from pipeline.messages import Message
from recorder.reports import MESSAGE
from tests.upgrades.bodies import BARE, FULL, SUCCEEDED, Json
from tests.upgrades.last_release import LastRelease

NEWER = "a_newer_field"
Bodies = dict[str, tuple[type[Message], Json]]
EACH = pytest.mark.parametrize("name", FULL)
BOTH = pytest.mark.parametrize("bodies", [FULL, BARE], ids=["every field", "required fields"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    max_leaves=5,
)


def objects(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every object in a JSON value."""
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from objects(inner, (*path, key))
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from objects(inner, (*path, place))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


OPEN = {"options", "headers"}
"""Objects without fixed fields: what is added to them is content."""

PLACES = [
    pytest.param(name, path, id="/".join([name, *map(str, path)]))
    for name, (_, body) in FULL.items()
    for path in objects(body)
    if not OPEN & set(path)
]


@pytest.mark.parametrize(("name", "path"), PLACES)
@given(value=VALUES)
def test_a_field_of_a_newer_release_is_left_aside_wherever_it_stands(
    name: str, path: tuple[str | int, ...], value: object
) -> None:
    kind, body = FULL[name]
    newer = copy.deepcopy(body)
    at(newer, path)[NEWER] = value
    assert kind.model_validate_json(json.dumps(newer)) == kind.model_validate_json(json.dumps(body))


@given(value=VALUES)
def test_options_of_a_newer_release_are_handed_on_as_they_are(value: object) -> None:
    kind, body = FULL["ProcessImage"]
    newer = body | {"options": body["options"] | {"format": value, NEWER: value}}
    sent = json.loads(kind.model_validate_json(json.dumps(newer)).as_json())
    assert sent["options"] == newer["options"]


def optional(kind: type[BaseModel], body: Json) -> list[str]:
    fields = kind.model_fields
    return [name for name in fields if name in body and not fields[name].is_required()]


MODELS: list[tuple[type[BaseModel], Json]] = [
    *(each for each in FULL.values()),
    (messages.ImageFinished, SUCCEEDED),
    (messages.SourceImage, SUCCEEDED["input"]),
    (messages.Timings, SUCCEEDED["timings"]),
]


@pytest.mark.parametrize(
    ("kind", "body", "missing"),
    [
        pytest.param(kind, body, field, id=f"{kind.__name__}.{field}")
        for kind, body in MODELS
        for field in optional(kind, body)
        if field != "kind"
    ],
)
def test_a_field_that_an_older_release_did_not_send_has_its_default(
    kind: type[BaseModel], body: Json, missing: str
) -> None:
    older = {name: value for name, value in body.items() if name != missing}
    read = kind.model_validate_json(json.dumps(older))
    assert getattr(read, missing) == kind.model_fields[missing].get_default()
    assert read.model_copy(update={missing: None}) == kind.model_validate_json(
        json.dumps(body)
    ).model_copy(update={missing: None})


@EACH
def test_what_has_its_default_is_not_sent(name: str) -> None:
    kind, body = BARE[name]
    assert json.loads(kind.model_validate_json(json.dumps(body)).as_json()) == body


def test_every_message_class_is_looked_at_here() -> None:
    parts = (messages.Failure, messages.SourceImage, messages.OutputImage, messages.Timings)
    others = {Message, messages.Report, messages.ImageFinished, *parts}
    kinds = {each for each in vars(messages).values() if isinstance(each, type)}
    sent = {kind for kind in kinds if issubclass(kind, Message)} - others
    assert sent == {kind for kind, _ in FULL.values()} == {kind for kind, _ in BARE.values()}


def parsed(bodies: Bodies) -> dict[str, Message]:
    return {
        name: kind.model_validate_json(json.dumps(body)) for name, (kind, body) in bodies.items()
    }


@BOTH
def test_what_the_last_release_sends_is_read_here(
    last_release: LastRelease, bodies: Bodies
) -> None:
    """And means the same: also what it left to its defaults, which never change."""
    asked = [[name, json.dumps(body)] for name, (_, body) in bodies.items()]
    for (kind, _), answer in zip(bodies.values(), last_release.run("messages", asked), strict=True):
        read = kind.model_validate_json(answer["sent"])
        assert contained(answer["read"], read.model_dump(mode="json"))


@BOTH
def test_the_last_release_reads_what_is_sent_here(
    last_release: LastRelease, bodies: Bodies
) -> None:
    """As long as no feature is used that it does not have."""
    sent = parsed(bodies)
    asked = [[name, message.as_json()] for name, message in sent.items()]
    for message, answer in zip(sent.values(), last_release.run("messages", asked), strict=True):
        assert "reason" not in answer, answer["reason"]
        assert contained(answer["read"], message.model_dump(mode="json"))


@BOTH
@pytest.mark.parametrize("newer", [{}, {NEWER: 1}], ids=["as it is", "with another field"])
def test_a_body_on_one_of_the_recorders_queues_is_read_as_what_it_is(
    bodies: Bodies, newer: Json
) -> None:
    for name in ("ImagesFinished", "DeliveryAttempted", "ProcessImage", "DeliverWebhook"):
        kind, body = bodies[name]
        assert type(MESSAGE.validate_json(json.dumps(body | newer))) is kind


@pytest.mark.parametrize(
    "kind",
    ["images_finished_2", "", None, 7],
    ids=["of a newer release", "empty", "null", "a number"],
)
def test_an_outcome_of_a_kind_that_is_not_known_is_taken_for_no_other(kind: object) -> None:
    for _, body in FULL.values():
        with pytest.raises(ValueError, match="kind"):
            MESSAGE.validate_json(json.dumps(body | {"kind": kind}))


@pytest.mark.parametrize("newer", [{}, {NEWER: {"Records": []}}], ids=["as it is", "and a field"])
def test_a_body_on_the_uploads_queue_is_read_as_what_it_is(newer: Json) -> None:
    kind, body = FULL["IngestUpload"]
    assert type(NOTICE.validate_json(json.dumps(body | newer))) is kind


def contained(part: Any, whole: Any) -> bool:
    """Whether everything of ``part`` stands in ``whole``, which may have more fields. A null is as
    good as nothing."""
    if isinstance(part, dict):
        return all(contained(inner, whole.get(key)) for key, inner in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(contained, part, whole))
    return bool(part == whole)
