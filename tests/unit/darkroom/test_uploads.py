import email
import io
import os
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from darkroom import uploads
from darkroom.client import Client
from darkroom.errors import ServiceError, UsageError
from tests.origin import Origin, Visit
from tests.unit.darkroom.service import JOB, Sleeps, answers, body_of, in_turn, problem

CSV = "name,images\nKrug,https://a.example/ä.jpg\n".encode()
FIELDS = {"key": f"uploads/{JOB}.csv", "Content-Type": "text/csv", "policy": "e30="}


def source(content: bytes) -> uploads.Source:
    return uploads.Source(io.BytesIO(content), len(content), "products.csv", "products.csv")


def parts(content_type: str, body: bytes) -> dict[str, bytes]:
    """The form's parts by name, as the standard library reads them."""
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\n\n" + body)
    found = {}
    for part in message.get_payload():
        assert isinstance(part, email.message.Message)
        name = str(part.get_param("name", header="content-disposition"))
        found[name] = bytes(part.get_payload(decode=True))
    return found


def created(origin: Origin) -> dict[str, object]:
    return {"job_id": JOB, "upload": {"url": origin.url("/s3"), "fields": FIELDS}}


def sends(client: Client, content: bytes, report: Callable[[int], object] = print) -> str:
    return uploads.send(client, {"filename": "a"}, source(content), key="k", report=report)


def test_the_form_has_each_field_and_then_the_file() -> None:
    form = uploads.Form(FIELDS, source(CSV), lambda _: None)
    body = b"".join(form)
    assert len(body) == len(form)
    assert parts(form.content_type, body) == {**FIELDS_AS_BYTES, "file": CSV}
    assert list(parts(form.content_type, body))[-1] == "file"


FIELDS_AS_BYTES = {name: value.encode() for name, value in FIELDS.items()}


def test_a_large_file_is_never_whole_in_memory(
    client: Client, origin: Origin, tmp_path: Path
) -> None:
    size = 64 * 1024 * 1024
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(size)
    got: list[int] = []

    def take(visit: Visit) -> None:
        left = int(visit.headers["content-length"])
        got.append(left)
        while left:
            left -= len(visit.rfile.read(min(left, 1 << 20)))
        visit.answer(204)

    origin.on("/v1/jobs", answers(created(origin), 201))
    origin.on("/s3", take)
    told: list[int] = []
    tracemalloc.start()
    with uploads.opened(str(tmp_path / "large.csv")) as large:
        uploads.send(client, {}, large, key="k", report=told.append)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert got[0] > size
    assert told == sorted(told)
    assert told[-1] == size
    assert peak < size / 4


def test_each_try_asks_for_a_form_under_the_same_key(
    client: Client, origin: Origin, sleeps: Sleeps
) -> None:
    received = []

    def take(visit: Visit) -> None:
        received.append(parts(visit.headers["content-type"], body_of(visit))["file"])
        visit.answer(204)

    origin.on("/v1/jobs", answers(created(origin), 201))
    origin.on("/s3", in_turn(lambda visit: visit.raw(b""), answers({}, 503), take))
    assert sends(client, CSV) == JOB
    assert received == [CSV]
    assert [path for path, _ in origin.seen] == ["/v1/jobs", "/s3"] * 3
    assert {headers.get("idempotency-key") for _, headers in origin.seen} == {"k", None}


def test_what_came_through_after_all_is_not_sent_again(client: Client, origin: Origin) -> None:
    done = {"job_id": JOB, "status": "processing", "upload": None}
    origin.on("/v1/jobs", in_turn(answers(created(origin), 201), answers(done, 201)))
    origin.on("/s3", lambda visit: visit.raw(b""))
    assert sends(client, CSV) == JOB
    assert [path for path, _ in origin.seen] == ["/v1/jobs", "/s3", "/v1/jobs"]


def test_what_the_storage_refuses_for_good_is_told(client: Client, origin: Origin) -> None:
    origin.on("/v1/jobs", answers(created(origin), 201))
    refusal = (
        b"<Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds</Message></Error>"
    )

    def refuse(visit: Visit) -> None:
        body_of(visit)
        visit.answer(400, refusal, {"Content-Type": "application/xml"})

    origin.on("/s3", refuse)
    with pytest.raises(ServiceError, match="EntityTooLarge: Your proposed upload exceeds"):
        sends(client, CSV)


def test_a_file_that_shrinks_meanwhile_is_not_sent_as_whole(client: Client, origin: Origin) -> None:
    origin.on("/v1/jobs", answers(created(origin), 201))
    short = uploads.Source(io.BytesIO(CSV), len(CSV) + 1, "a.csv", "a.csv")
    with pytest.raises(UsageError, match="shorter"):
        uploads.send(client, {}, short, key="k", report=print)


def test_standard_input_of_unknown_length_can_be_sent_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(CSV)

    threading.Thread(target=write).start()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with uploads.opened("-") as piped:
            assert (piped.size, piped.name, piped.file.read()) == (len(CSV), None, CSV)
            forms = [uploads.Form({}, piped, lambda _: None) for _ in range(2)]
            bodies = [parts(form.content_type, b"".join(form)) for form in forms]
    assert bodies == [{"file": CSV}] * 2


@pytest.mark.parametrize(
    ("size", "told"),
    [(0, "is empty"), (200 * 1024 * 1024 + 1, "more than 200 MB"), (None, "No such")],
)
def test_a_file_that_cannot_be_a_job_is_refused_before_anything_is_sent(
    size: int | None, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "products.csv"
    if size is not None:
        with file.open("wb") as handle:
            handle.truncate(size)
    with pytest.raises(UsageError, match=told), uploads.opened(str(file)):
        pass


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Is a directory"), uploads.opened(str(tmp_path)):
        pass


def test_an_odd_file_name_reaches_the_api_as_text(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"odd\x01\xff.csv")
    file.write_bytes(CSV)
    with uploads.opened(str(file)) as opened:
        assert opened.name == "odd__.csv"


def test_refusals_with_problem_details_are_told_in_their_words(
    client: Client, origin: Origin
) -> None:
    origin.on("/v1/jobs", problem(401, "unauthorized", "No key."))
    with pytest.raises(ServiceError, match="No key"):
        sends(client, CSV)
