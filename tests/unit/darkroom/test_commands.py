import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.origin import Origin, Visit
from tests.unit.darkroom.service import JOB, KEY, Ran, answers, body_of, in_turn, job, problem

Darkroom = Callable[..., Ran]
PATH = f"/v1/jobs/{JOB}"
CSV = b"name,images\nCup,https://a.example/1.jpg\n"
RESULT = b"\xef\xbb\xbfname,images,Output Image Urls,Errors\r\n"
FAILURES = (
    b"name,images,Output Image Urls,Errors,Input Row\r\n"
    b"Cup,https://a.example/1.jpg,,not_found: https://a.example/1.jpg (It is not there.),1\r\n"
)
FAILED = job(
    rows={"total": 2, "rejected": 0},
    images={"total": 2, "pending": 0, "succeeded": 1, "failed": 1},
)
IMAGE = {
    "source_url": "https://a.example/1.jpg",
    "status": "failed",
    "output_url": None,
    "error": {"code": "not_found", "message": "It is not there."},
    "input": None,
    "output": None,
}


@pytest.fixture
def products(tmp_path: Path) -> str:
    file = tmp_path / "products.csv"
    file.write_bytes(CSV)
    return str(file)


@pytest.fixture
def asked(origin: Origin) -> list[dict[str, Any]]:
    """What jobs are asked for; an API that takes a CSV in and has completed its job."""
    asked = []

    def create(visit: Visit) -> None:
        asked.append(json.loads(body_of(visit)))
        form = {"url": origin.url("/s3"), "fields": {"key": "k"}}
        answers({"job_id": JOB, "upload": form}, 201)(visit)

    def take(visit: Visit) -> None:
        body_of(visit)
        visit.answer(204)

    origin.on("/v1/jobs", create)
    origin.on("/s3", take)
    origin.on(PATH, answers(job()))
    origin.redirect(f"{PATH}/result", origin.serve("/result.csv", RESULT), 303)
    origin.redirect(f"{PATH}/failures", origin.serve("/failures.csv", FAILURES), 303)
    return asked


def test_submit_prints_the_jobs_id_and_nothing_else(
    darkroom: Darkroom, asked: list[dict[str, Any]], products: str
) -> None:
    ran = darkroom("submit", products)
    assert (ran.code, ran.out) == (0, f"{JOB}\n")
    assert f"darkroom watch {JOB}" in ran.err
    assert asked == [{"filename": "products.csv", "webhook_url": None, "options": {}}]


def test_submit_asks_for_what_its_options_say(
    darkroom: Darkroom, asked: list[dict[str, Any]], products: str, origin: Origin
) -> None:
    options = ["--quality", "60", "--format", "webp", "--max-width", "800", "--max-height", "600"]
    more = ["--webhook-url", "https://a.example/hook", "--idempotency-key", "mine"]
    ran = darkroom("submit", products, *options, *more, "--json")
    assert ran.json == job()
    assert asked == [
        {
            "filename": "products.csv",
            "webhook_url": "https://a.example/hook",
            "options": {"quality": 60, "format": "webp", "max_width": 800, "max_height": 600},
        }
    ]
    assert origin.seen[0][1]["idempotency-key"] == "mine"


@pytest.mark.parametrize(
    ("ended", "code"),
    [(job(), 0), (FAILED, 3), (job("rejected"), 4)],
    ids=["completed", "completed with failures", "rejected"],
)
@pytest.mark.usefixtures("asked")
def test_submit_waits_and_ends_as_the_job_does(
    ended: dict[str, Any], code: int, darkroom: Darkroom, products: str, origin: Origin
) -> None:
    origin.on(PATH, answers(ended))
    ran = darkroom("submit", products, "--wait")
    assert ran.code == code
    assert ran.out.startswith(f"uploaded          {products}, 40 B\njob {JOB}\n")
    assert f"status      {ended['status']}" in ran.out
    told = "1\tnot_found\thttps://a.example/1.jpg\tIt is not there.\n"
    assert ran.out.endswith(told) is (ended is FAILED)


def test_submit_writes_the_result(
    darkroom: Darkroom, asked: object, products: str, tmp_path: Path
) -> None:
    output = tmp_path / "result.csv"
    ran = darkroom("submit", products, "--output", str(output))
    assert ran.code == 0
    assert output.read_bytes() == RESULT


def test_a_result_on_standard_output_is_alone_there(
    darkroom: Darkroom, asked: object, products: str
) -> None:
    ran = darkroom("submit", products, "-o", "-")
    assert ran.out.encode() == RESULT
    assert "status      completed" in ran.err


def test_json_on_standard_output_is_alone_there_and_errors_are_not(
    darkroom: Darkroom, asked: object, products: str, origin: Origin
) -> None:
    origin.on(PATH, answers(FAILED))
    ran = darkroom("submit", products, "--wait", "--json")
    assert (ran.code, ran.json, ran.err) == (3, FAILED, "")
    origin.on(PATH, problem(404, "job_not_found", "No job has this id."))
    ran = darkroom("status", JOB, "--json")
    assert (ran.code, ran.out, ran.err) == (1, "", "darkroom: No job has this id.\n")


def test_watch_prints_each_change_as_a_line_of_json(darkroom: Darkroom, origin: Origin) -> None:
    begun = job("ingesting")
    origin.on(PATH, in_turn(*[answers(each, Retry_After="0") for each in (begun, begun, job())]))
    ran = darkroom("watch", JOB, "--json")
    assert [json.loads(line) for line in ran.out.splitlines()] == [begun, job()]


@pytest.mark.parametrize(
    "arguments",
    [
        ("submit", "FILE", "--output", "FILE"),
        ("submit", "FILE", "--json", "--output", "-"),
        ("submit", "FILE", "--quality", "0"),
        ("submit", "FILE", "--format", "bmp"),
        ("submit", "none.csv"),
        ("submit",),
        ("jobs", "--limit", "0"),
        ("develop",),
    ],
    ids=" ".join,
)
def test_what_was_called_wrongly_sends_nothing(
    arguments: tuple[str, ...], darkroom: Darkroom, origin: Origin, products: str
) -> None:
    ran = darkroom(*[products if each == "FILE" else each for each in arguments])
    assert (ran.code, ran.out) == (2, "")
    assert ran.err
    assert origin.seen == []


def test_an_upload_that_fails_says_how_to_carry_on(
    darkroom: Darkroom, asked: object, products: str, origin: Origin
) -> None:
    origin.on("/s3", answers({}, 503, Retry_After="0"))
    ran = darkroom("submit", products, "--idempotency-key", "mine")
    assert ran.code == 1
    assert "--idempotency-key mine carries on" in ran.err


def ctrl_c(visit: Visit) -> None:
    body_of(visit)
    os.kill(os.getpid(), signal.SIGINT)
    visit.server.origin.closing.wait(30)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_the_job_running_and_says_how_to_come_back(
    darkroom: Darkroom, asked: object, products: str, origin: Origin, tmp_path: Path
) -> None:
    origin.on(PATH, ctrl_c)
    output = str(tmp_path / "the result.csv")
    ran = darkroom("submit", products, "--output", output)
    assert ran.code == 130
    again = f"The job goes on. Come back to it with: darkroom watch {JOB} --output '{output}'"
    assert ran.err == f"darkroom: {again}\n"
    assert [path for path, _ in origin.seen].count(PATH) == 1


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_in_an_upload_says_how_to_carry_on(
    darkroom: Darkroom, asked: object, products: str, origin: Origin
) -> None:
    origin.on("/s3", ctrl_c)
    ran = darkroom("submit", products, "--idempotency-key", "mine")
    assert (ran.code, ran.out) == (130, "")
    assert "--idempotency-key mine carries on" in ran.err


def test_a_result_that_cannot_be_written_can_be_had_again(
    darkroom: Darkroom, asked: object, products: str, origin: Origin, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()

    def gone(visit: Visit) -> None:
        folder.rmdir()
        answers(job())(visit)

    origin.on(PATH, gone)
    ran = darkroom("submit", products, "--output", str(folder / "result.csv"))
    assert ran.code == 2
    assert f"Come back to it with: darkroom watch {JOB}" in ran.err


def test_status_tells_a_job_in_a_few_lines(darkroom: Darkroom, origin: Origin) -> None:
    broken = {"code": "missing_column", "message": "There is no\ncolumn of names."}
    origin.on(PATH, answers(job("rejected", error=broken, filename="a\x1b[2J.csv")))
    ran = darkroom("status", JOB)
    assert ran.code == 0
    assert "error       missing_column: There is no column of names." in ran.out.splitlines()
    assert "\x1b" not in ran.out


def test_the_latest_job_needs_no_id(darkroom: Darkroom, origin: Origin) -> None:
    origin.on("/v1/jobs?limit=1", in_turn(answers({"items": [job()], "next_cursor": None}),
                                          answers({"items": [], "next_cursor": None})))  # fmt: skip
    origin.on(PATH, answers(job()))
    assert JOB in darkroom("status", "latest").out
    none = darkroom("status", "latest")
    assert (none.code, none.err) == (
        2,
        "darkroom: There is no job yet: darkroom submit FILE makes one.\n",
    )


def test_lists_are_lines_in_a_pipe_and_the_apis_answer_in_json(
    darkroom: Darkroom, origin: Origin
) -> None:
    origin.on(f"{PATH}/images?limit=500", answers({"items": [IMAGE], "next_cursor": None}))
    plain = darkroom("images", JOB)
    assert plain.out == "failed\thttps://a.example/1.jpg\tnot_found: It is not there.\t\t\n"
    assert darkroom("images", JOB, "--json").json == {"items": [IMAGE], "next_cursor": None}
    origin.on(f"{PATH}/images?limit=500&status=failed", answers({"items": [], "next_cursor": None}))
    none = darkroom("images", JOB, "--status", "failed")
    assert (none.code, none.out, none.err) == (0, "", "There are no images.\n")
    empty = darkroom("images", JOB, "--status", "failed", "--json")
    assert empty.json == {"items": [], "next_cursor": None}


def test_a_list_that_is_cut_says_so_and_goes_on_from_there(
    darkroom: Darkroom, origin: Origin
) -> None:
    origin.on("/v1/jobs?limit=1", answers({"items": [job()], "next_cursor": "c"}))
    origin.on("/v1/jobs?limit=1&cursor=c", answers({"items": [FAILED], "next_cursor": None}))
    first = darkroom("jobs", "--limit", "1")
    assert first.out.startswith(f"{JOB}\tcompleted\t2026-11-23T22:37:01.563754Z\t3\t0\t")
    assert "--limit shows more" in first.err
    cursor = darkroom("jobs", "--limit", "1", "--json").json["next_cursor"]
    assert darkroom("jobs", "--limit", "1", "--json", "--cursor", cursor).json["items"] == [FAILED]


def test_deliveries_are_listed_and_sent_again(darkroom: Darkroom, origin: Origin) -> None:
    tried = {"at": "2026-11-23T22:37:01Z", "status_code": 500, "error": None, "milliseconds": 3}
    delivery = {
        "delivery_id": JOB, "event": "job.completed", "url": "https://a.example/hook",
        "status": "pending", "next_attempt_at": "2026-11-23T23:00:00Z", "attempts": [tried],
    }  # fmt: skip
    origin.on(f"{PATH}/deliveries?limit=500", answers({"items": [delivery], "next_cursor": None}))
    listed = darkroom("deliveries", JOB)
    assert listed.out == f"{JOB}\tjob.completed\tpending\t1\t500\t2026-11-23T23:00:00Z\n"
    origin.on(f"/v1/deliveries/{JOB}/redeliver", answers(delivery, 202))
    assert (
        darkroom("redeliver", JOB).out == "job.completed is sent again to https://a.example/hook.\n"
    )


def test_result_and_failures_are_written_as_they_are(
    darkroom: Darkroom, asked: object, tmp_path: Path
) -> None:
    assert darkroom("result", JOB).out.encode() == RESULT
    darkroom("failures", JOB, "-o", str(tmp_path / "failures.csv"))
    assert (tmp_path / "failures.csv").read_bytes() == FAILURES
    shown = darkroom("failures", JOB)
    assert shown.out == "1\tnot_found\thttps://a.example/1.jpg\tIt is not there.\n"
    [found] = darkroom("failures", JOB, "--json").json["items"]
    assert (found["row"], found["code"]) == (1, "not_found")


def test_a_result_that_is_not_there_yet_leaves_no_file(
    darkroom: Darkroom, origin: Origin, tmp_path: Path
) -> None:
    origin.on(f"{PATH}/result", problem(409, "result_not_ready", "The job is processing."))
    ran = darkroom("result", JOB, "-o", str(tmp_path / "result.csv"))
    assert (ran.code, ran.err) == (1, "darkroom: The job is processing.\n")
    assert list(tmp_path.iterdir()) == []


def test_retry_and_cancel_tell_the_job(darkroom: Darkroom, origin: Origin) -> None:
    origin.on(f"{PATH}/cancel", answers(job("cancelled")))
    assert "status      cancelled" in darkroom("cancel", JOB).out
    origin.on(f"{PATH}/retry", answers(job("processing"), 202))
    assert "status      processing" in darkroom("retry", JOB).out
    origin.on(PATH, answers(FAILED))
    origin.serve(f"{PATH}/failures", status=409)
    assert darkroom("retry", JOB, "--wait").code == 3


@pytest.mark.parametrize(
    "variables",
    [{}, {"DARKROOM_API_URL": "https://images.example"}],
    ids=["nothing", "no key"],
)
def test_without_a_target_it_says_what_to_do(
    variables: dict[str, str], darkroom: Darkroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DARKROOM_API_URL")
    monkeypatch.delenv("DARKROOM_API_KEY")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ran = darkroom("jobs")
    assert ran.code == 2
    assert "DARKROOM_API_KEY" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_whoever_reads_may_stop_reading(origin: Origin) -> None:
    items = [IMAGE] * 500
    origin.on(f"{PATH}/images?limit=500", answers({"items": items, "next_cursor": "c"}))
    origin.on(f"{PATH}/images?limit=500&cursor=c", answers({"items": items, "next_cursor": "c"}))
    environment = os.environ | {"DARKROOM_API_URL": origin.url(""), "DARKROOM_API_KEY": KEY}
    with subprocess.Popen(
        [sys.executable, "-m", "darkroom", "images", JOB],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


def test_the_version_is_the_packages(darkroom: Darkroom) -> None:
    assert darkroom("--version").out.startswith("darkroom 0.")
