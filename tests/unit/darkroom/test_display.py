import io
from contextlib import redirect_stdout
from typing import Any

import pytest

from darkroom.display import Bars, Lines, display
from darkroom.screen import Screen
from darkroom.watching import Glance
from tests.unit.darkroom.service import Sleeps, job

HALF = job(
    "processing",
    images={"total": 40, "pending": 20, "succeeded": 18, "failed": 2},
    progress=0.5,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    return Terminal()


def test_a_pipe_gets_a_line_for_each_status_and_now_and_then_one_between(sleeps: Sleeps) -> None:
    lines: list[str] = []
    shown = Lines(lines.append, clock=sleeps.clock)
    shown.uploading("products.csv", 500, 1_000)
    shown.uploading("products.csv", 1_000, 1_000)
    steps: list[tuple[float, dict[str, Any], float | None]] = [
        (0, job("awaiting_upload"), None),
        (2, job("ingesting"), None),
        (2, HALF, None),
        (2, HALF | {"progress": 0.6}, None),  # too soon
        (2, HALF | {"progress": 0.6}, None),
        (2, HALF | {"progress": 0.7}, 12.3),
        (9, HALF | {"progress": 0.7}, 12.3),  # nothing new
        (0, job("completed"), None),  # the summary follows
    ]
    for seconds, each, left in steps:
        sleeps(seconds)
        shown.show(Glance(each, seconds_left=left))
    half = "20 of 40 images, 2 failed, 3.0 MB → 1.0 MB, 66 % saved"
    assert lines == [
        "uploaded          products.csv, 1.0 kB",
        "awaiting_upload   waiting for its CSV",
        "ingesting         2 rows read",
        f"processing         50 %, {half}",
        f"processing         70 %, {half}, about 12 s left",
    ]


def test_a_lost_connection_is_told_once_and_at_once() -> None:
    lines: list[str] = []
    shown = Lines(lines.append)
    for trouble in (None, "No route.", "No route."):
        shown.show(Glance(HALF, trouble=trouble))
    assert lines[1:] == ["processing        No route. Trying again."]


def test_a_terminal_gets_bars_for_images_and_bytes_and_gets_its_cursor_back(
    terminal: Terminal,
) -> None:
    with redirect_stdout(terminal), display(Screen()) as shown:
        assert isinstance(shown, Bars)
        shown.uploading("products.csv", 500, 1_000)
        shown.show(Glance(job("ingesting")))
        shown.show(Glance(HALF, seconds_left=100))
    text = terminal.getvalue()
    assert "20 of 40 images, 2 failed, about 2 min left" in text
    assert "3.0 MB → 1.0 MB, 66 % saved" in text
    assert "50 %" in text
    assert text.index("\x1b[?25l") < text.index("\x1b[?25h")


def test_strangers_texts_move_nothing_on_a_terminal(terminal: Terminal) -> None:
    with redirect_stdout(terminal), display(Screen()) as shown:
        shown.uploading("a\x1b[2Jb.csv", 1, 2)
        shown.show(Glance(HALF, trouble="[red]no route[/red]"))
    assert "\x1b[2J" not in terminal.getvalue()
    assert "[red]" in terminal.getvalue()


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with redirect_stdout(terminal):
        assert isinstance(display(Screen()), Lines)


@pytest.mark.parametrize("colours", [True, False])
def test_colours_are_left_out_where_they_are_not_wanted(
    colours: bool, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    with redirect_stdout(terminal):
        Screen().line("failed", "red")
    assert ("\x1b[31m" in terminal.getvalue()) is colours
