"""Servers in the background that outlive the command that started them."""

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from localcloud.errors import CloudError

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 30_000)
CLOCK = 2.0
"""Seconds by which the start time of one process may differ between two readings."""

_started: list[subprocess.Popen[bytes]] = []
"""Kept for as long as this process lives: Python complains of children that nobody waits for."""


@dataclass(frozen=True)
class Server:
    """One background server, remembered in a file with its number, start time and port."""

    record: Path

    def running(self) -> psutil.Process | None:
        """The process, if it is still the one that was started: numbers are given out again."""
        try:
            record = json.loads(self.record.read_text())
            process = psutil.Process(record["pid"])
            ours = abs(process.create_time() - record["started"]) < CLOCK
        except (OSError, ValueError, KeyError, psutil.Error):
            return None
        return process if ours and _is_alive(process) else None

    @property
    def port(self) -> int | None:
        """The port that the running server listens on."""
        return int(json.loads(self.record.read_text())["port"]) if self.running() else None

    @property
    def identity(self) -> str:
        """Differs between two runs of the server; empty when it does not run."""
        return self.record.read_text() if self.running() else ""

    def start(
        self,
        command: Sequence[str],
        *,
        port: int,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        user: tuple[int, int] | None = None,
    ) -> psutil.Process:
        """Starts the server in a session of its own, so that closing the terminal spares it.

        Args:
            user: numbers of the user and group to run as; ``None`` is whoever runs this.
        """
        with log.open("wb") as output:
            child = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user[0] if user else None,
                group=user[1] if user else None,
                extra_groups=[] if user else None,
            )
        _started.append(child)
        process = psutil.Process(child.pid)
        record = {"pid": child.pid, "started": process.create_time(), "port": port}
        self.record.write_text(json.dumps(record))
        return process

    def stop(self, gently: signal.Signals = signal.SIGTERM, patience: float = 10.0) -> bool:
        """Ends the server and what it started; whether there was one to end."""
        process = self.running()
        if process:
            family = [process, *process.children(recursive=True)]
            process.send_signal(gently)
            for each in _outlasting(family, patience):
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            _outlasting(family, patience)
        self.record.unlink(missing_ok=True)
        return process is not None


def _outlasting(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Which of the processes still run after so many seconds; returns early if none does.

    Those that have ended but stay listed count as ended: the first process of a container often
    takes no notice of its orphans.
    """
    deadline = time.monotonic() + seconds
    while True:
        for child in _started:
            child.poll()
        alive = [each for each in processes if _is_alive(each)]
        if not alive or time.monotonic() > deadline:
            return alive
        time.sleep(0.02)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port for a server that is going to start.

    It is below those that the system gives to outgoing connections: one of these would be free now,
    and the near end of somebody's connection when the server wants it.

    Raises:
        CloudError: all that were looked at are taken.
    """
    for _ in range(100):
        port = PORTS.start + secrets.randbelow(len(PORTS))
        if is_free(port):
            return port
    raise CloudError(f"No port from {PORTS.start} to {PORTS.stop - 1} was found free.")


def port_from(variable: str) -> int | None:
    """The port that an environment variable names, if it is set.

    Raises:
        CloudError: it is set to something else.
    """
    value = os.environ.get(variable, "").strip()
    if not value:
        return None
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise CloudError(f"{variable} must be a port number, not {value!r}.")
    return int(value)


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, for a message about what went wrong."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return " / ".join(line.strip() for line in lines[-count:] if line.strip()) or "it said nothing"
