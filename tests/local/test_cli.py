"""The command line as its user runs it, against everything that is deployed."""

import csv
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcloud.stack import Stack
from tests.deployed import PATIENCE
from tests.origin import Origin, Visit
from tests.pictures import encoded, photo

DARKROOM = str(Path(sys.executable).with_name("darkroom"))
PICTURE = encoded(photo(), "JPEG")


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
def environment(stack: Stack) -> dict[str, str]:
    target = {"DARKROOM_API_URL": stack.api_url, "DARKROOM_API_KEY": stack.api_key}
    return os.environ | target | {"TERM": "xterm", "COLUMNS": "120", "NO_COLOR": "1"}


Darkroom = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def darkroom(environment: dict[str, str], tmp_path: Path) -> Darkroom:
    """Runs a command with its streams in pipes, in a folder of its own."""

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [DARKROOM, *arguments],
            input=stdin, capture_output=True, text=True, timeout=PATIENCE, check=False,
            env=environment, cwd=tmp_path,
        )  # fmt: skip

    return run


@pytest.fixture
def products(origin: Origin, tmp_path: Path) -> Path:
    """Rows that are good, half good and bad: exit code 3."""
    good, dead = origin.serve("/a.jpg", PICTURE), origin.url("/dead.jpg")
    file = tmp_path / "products.csv"
    file.write_text(f"sku,name,images\n1,Cup,{good}\n2,Jug,{good} {dead}\n3,,{good}\n")
    return file


def test_a_csv_goes_in_and_its_result_comes_out(
    darkroom: Darkroom, products: Path, origin: Origin
) -> None:
    hook = origin.serve("/hook", status=204)
    options = ["--quality", "40", "--webhook-url", hook, "--output", "result.csv"]
    ran = darkroom("submit", products.name, *options)
    assert ran.returncode == 3, ran.stderr
    assert "\x1b" not in ran.stdout
    assert "images      2: 1 succeeded, 1 failed" in ran.stdout.splitlines()
    assert f"2\tnot_found\t{origin.url('/dead.jpg')}\t" in ran.stdout
    assert "3\tmissing_name\tname\t" in ran.stdout
    with products.with_name("result.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["sku"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["Output Image Urls"]

    newest = json.loads(darkroom("jobs", "--limit", "1", "--json").stdout)["items"][0]
    assert newest["options"]["quality"] == 40
    job_id = newest["job_id"]
    assert json.loads(darkroom("status", job_id, "--json").stdout) == newest
    failed = json.loads(darkroom("images", job_id, "--status", "failed", "--json").stdout)
    assert [each["error"]["code"] for each in failed["items"]] == ["not_found"]
    assert darkroom("result", job_id).stdout == darkroom("result", "latest").stdout

    failures = darkroom("failures", job_id, "--output", "-").stdout
    mended = failures.replace(origin.url("/dead.jpg"), "").replace("3,,", "3,Pot,")
    again = darkroom("submit", "-", "--output", "-", stdin=mended)
    assert again.returncode == 0, again.stderr
    assert [row["name"] for row in csv.DictReader(io.StringIO(again.stdout))] == ["Jug", "Pot"]

    event = json.loads(darkroom("deliveries", job_id, "--json").stdout)["items"][0]
    assert event["url"] == hook
    sent = darkroom("redeliver", event["delivery_id"])
    assert sent.stdout == f"{event['event']} is sent again to {hook}.\n"

    origin.serve("/dead.jpg", PICTURE)
    retried = darkroom("retry", job_id, "--wait", "--json")
    assert retried.returncode == 3, retried.stderr  # a row stays rejected
    assert json.loads(retried.stdout)["images"]["failed"] == 0


def test_a_submission_that_is_sent_again_is_the_same_job(
    darkroom: Darkroom, products: Path
) -> None:
    first = darkroom("submit", products.name, "--idempotency-key", "today")
    again = darkroom("submit", products.name, "--idempotency-key", "today")
    assert first.stdout == again.stdout
    other = darkroom("submit", products.name, "--idempotency-key", "today", "--quality", "9")
    assert other.returncode == 1
    assert "Idempotency-Key" in other.stderr


def test_errors_are_found_before_a_job_is_made(darkroom: Darkroom, products: Path) -> None:
    ran = darkroom("validate", products.name)
    assert ran.returncode == 3
    assert "3\tname\tmissing_name\t" in ran.stdout
    assert darkroom("validate", "-", stdin="name,images\nCup,https://a.example/1\n").returncode == 0
    rejected = darkroom("submit", "-", "--wait", stdin="colour\nred\n")
    assert rejected.returncode == 4
    assert "error       missing_column: " in rejected.stdout


@pytest.mark.usefixtures("interruptible")
def test_a_terminal_shows_bars_and_ctrl_c_leaves_the_job_running(
    darkroom: Darkroom, environment: dict[str, str], origin: Origin, tmp_path: Path
) -> None:
    interrupted = threading.Event()

    def later(visit: Visit) -> None:
        interrupted.wait(25)
        visit.answer(200, PICTURE)

    urls = [origin.on(f"/{n}.jpg", later) for n in range(12)]
    (tmp_path / "many.csv").write_text(
        "".join(["name,images\n", *(f"Cup,{url}\n" for url in urls)])
    )
    shown, code = on_a_terminal(
        [DARKROOM, "submit", "many.csv", "--wait"], environment, tmp_path, until="of 12 images"
    )
    interrupted.set()
    assert code == 130
    assert "━" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is back
    _, _, job_id = shown.strip().rpartition(" ")
    assert f"Come back to it with: darkroom watch {job_id}" in shown
    assert "Traceback" not in shown
    resumed = darkroom("watch", job_id, "--output", os.devnull)
    assert resumed.returncode == 0, resumed.stderr
    assert "images      12: 12 succeeded" in resumed.stdout


def on_a_terminal(
    command: list[str], environment: dict[str, str], folder: Path, *, until: str
) -> tuple[str, int]:
    """What a command shows on a terminal, interrupted once it shows ``until``; its exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=folder,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, deadline, interrupted = "", time.monotonic() + PATIENCE, False
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        shown += piece.decode(errors="replace")
        if until in shown and not interrupted:
            process.send_signal(signal.SIGINT)
            interrupted = True
    os.close(ours)
    return shown, process.wait(PATIENCE)
