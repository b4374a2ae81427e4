import socket
from pathlib import Path

import pytest

from darkroom.client import Client
from darkroom.errors import ServiceError, Unreachable
from darkroom.transport import Transport
from tests.origin import Origin, Visit
from tests.unit.darkroom.service import JOB, KEY, Sleeps, answers, in_turn, job, problem

PATH = f"/v1/jobs/{JOB}"
BUSY = answers({"detail": "The database is away."}, 503, Retry_After="7")


def hang_up(visit: Visit) -> None:
    visit.raw(b"")


def test_a_question_is_asked_again_after_an_outage(
    client: Client, origin: Origin, sleeps: Sleeps
) -> None:
    origin.on(PATH, in_turn(hang_up, BUSY, answers(job())))
    assert client.job(JOB) == job()
    assert sleeps.asked == [0.5, 7]


def test_an_outage_that_lasts_is_told_in_the_apis_words(client: Client, origin: Origin) -> None:
    origin.on(PATH, BUSY)
    with pytest.raises(ServiceError, match="The database is away"):
        client.job(JOB)
    assert len(origin.seen) == 4


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422])
def test_what_is_refused_for_good_is_asked_once(
    status: int, client: Client, origin: Origin
) -> None:
    origin.on(PATH, problem(status, "no", "No."))
    with pytest.raises(ServiceError) as error:
        client.job(JOB)
    assert error.value.problem["code"] == "no"
    assert len(origin.seen) == 1


def test_what_may_not_be_done_twice_is_sent_again_only_if_it_was_not_done(
    client: Client, origin: Origin
) -> None:
    origin.on(f"{PATH}/retry", in_turn(BUSY, hang_up, answers(job())))
    with pytest.raises(Unreachable):
        client.retry(JOB)
    assert len(origin.seen) == 2


def test_several_faults_are_listed() -> None:
    faults = [{"field": "quality", "message": "too big"}, {"field": "format", "message": "odd"}]
    with Origin() as origin:
        origin.on("/", problem(422, "invalid_request", "quality: too big. (1 more)", errors=faults))
        with pytest.raises(ServiceError) as error:
            Transport().send("GET", origin.url("/"))
    assert error.value.message.splitlines() == [
        "quality: too big. (1 more)",
        "  quality: too big",
        "  format: odd",
    ]


def test_what_an_answer_says_moves_no_cursor(client: Client, origin: Origin) -> None:
    origin.on(PATH, problem(404, "job_not_found", "\x1b]0;title\x07No."))
    with pytest.raises(ServiceError) as error:
        client.job(JOB)
    assert error.value.message == "\ufffd]0;title\ufffdNo."


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[]", b"null", b"{", b'{"message": null}'],
    ids=["HTML", "list", "null", "cut short", "no message"],
)
def test_an_error_that_is_not_of_the_api_names_its_sender(body: bytes, origin: Origin) -> None:
    origin.serve("/", body, status=400, headers={"Content-Type": "application/json"})
    with pytest.raises(ServiceError, match=rf"127\.0\.0\.1:{origin.port} answered 400"):
        Transport().send("GET", origin.url("/"))


def test_nobody_at_the_address_is_told_in_one_sentence(sleeps: Sleeps) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = taken.getsockname()[1]
        with pytest.raises(Unreachable) as error:
            Transport(sleep=sleeps).send("GET", f"http://127.0.0.1:{port}/")
    assert error.value.message == f"127.0.0.1:{port} cannot be reached: Connection refused."
    assert not error.value.sent


def test_an_answer_that_breaks_off_is_not_taken_for_whole(client: Client, origin: Origin) -> None:
    torn = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n1,2"
    origin.redirect(f"{PATH}/result", origin.on("/torn", lambda visit: visit.raw(torn)), 303)
    with client.download(JOB, "result") as pieces, pytest.raises(Unreachable):
        list(pieces)


def test_the_key_goes_to_the_api_and_not_to_where_it_redirects(
    client: Client, origin: Origin
) -> None:
    origin.redirect(f"{PATH}/result", origin.serve("/stored", b"1,2"), 303)
    with client.download(JOB, "result") as pieces:
        assert b"".join(pieces) == b"1,2"
    sent = {path: headers.get("authorization") for path, headers in origin.seen}
    assert sent == {f"{PATH}/result": f"Bearer {KEY}", "/stored": None}


def test_a_netrc_and_a_proxy_do_not_come_between(
    client: Client, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    origin.on(PATH, answers(job()))
    client.job(JOB)
    assert origin.seen[0][1]["authorization"] == f"Bearer {KEY}"


def test_another_programs_answer_is_not_taken_for_darkrooms(client: Client, origin: Origin) -> None:
    origin.serve(PATH, b"<html>welcome</html>")
    with pytest.raises(ServiceError, match="is the address right"):
        client.job(JOB)


def test_a_list_is_read_page_by_page_up_to_the_limit(client: Client, origin: Origin) -> None:
    items = [{"n": n} for n in range(700)]
    first = {"items": items[:500], "next_cursor": "c"}
    origin.on(f"{PATH}/images?limit=500", answers(first))
    origin.on(
        f"{PATH}/images?limit=200&cursor=c", answers({"items": items[500:], "next_cursor": "d"})
    )
    pages = list(client.images(JOB, limit=700, cursor=None, status=None))
    assert [item for page in pages for item in page["items"]] == items
    assert pages[-1]["next_cursor"] == "d"
