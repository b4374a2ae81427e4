import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from localcloud.errors import CloudError
from localcloud.processes import Server, free_port, is_free, last_lines, port_from

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "server.json")
    yield server
    server.stop(patience=1)


def start(server: Server, code: str = "import time; time.sleep(60)") -> Path:
    log = server.record.with_suffix(".log")
    command = [sys.executable, "-c", code]
    server.start(command, port=4321, environment={}, folder=log.parent, log=log)
    return log


def test_a_server_is_found_again_by_its_record(server: Server) -> None:
    start(server)
    again = Server(server.record)
    assert again.running() == server.running()
    assert again.port == 4321


def test_nothing_runs_before_the_start_and_after_the_stop(server: Server) -> None:
    assert (server.running(), server.port, server.identity) == (None, None, "")
    start(server)
    assert server.stop() is True
    assert (server.running(), server.port, server.identity) == (None, None, "")
    assert server.stop() is False


def test_another_process_with_the_same_number_is_left_alone(server: Server) -> None:
    record = {"pid": os.getpid(), "started": psutil.Process().create_time() - 60, "port": 1}
    server.record.write_text(json.dumps(record))
    assert server.running() is None
    assert server.stop() is False


def test_a_torn_record_is_no_server(server: Server) -> None:
    server.record.write_text('{"pid": 1')
    assert server.running() is None


def test_what_a_server_started_ends_with_it(server: Server) -> None:
    log = start(server, PARENT)
    while not log.read_text().strip():
        assert server.running()
    child = psutil.Process(int(log.read_text()))
    server.stop(patience=1)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_port_in_use_is_not_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert not is_free(taken.getsockname()[1])
    assert is_free(free_port())


def test_a_free_port_is_none_that_outgoing_connections_take() -> None:
    """Linux gives them 32768 and above, macOS 49152."""
    assert all(1_024 < free_port() < 32_768 for _ in range(50))


@pytest.mark.parametrize("value", ["http", "0", "65536", "-1", "4566.5"])
def test_what_is_no_port_is_refused_with_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("DARKROOM_PORT", value)
    with pytest.raises(CloudError, match=r"^DARKROOM_PORT must be a port number, not"):
        port_from("DARKROOM_PORT")


@pytest.mark.parametrize(
    ("value", "port"), [("", None), (" 4570 ", 4570)], ids=["empty", "in spaces"]
)
def test_a_port_may_be_named_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, value: str, port: int | None
) -> None:
    monkeypatch.setenv("DARKROOM_PORT", value)
    assert port_from("DARKROOM_PORT") == port


def test_the_end_of_a_log_fits_on_one_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_lines(log) == "it said nothing"
    log.write_text("one\n\n  two \n")
    assert last_lines(log) == "one / two"
