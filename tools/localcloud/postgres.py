"""PostgreSQL from its wheel, on a loopback port, with a password of its own."""

import signal
import time
from pathlib import Path

import psycopg
from psycopg import sql

from localcloud.cluster import ENVIRONMENT, SUPERUSER, Cluster, system_user
from localcloud.errors import CloudError
from localcloud.processes import LOOPBACK, Server, free_port, is_free, last_lines

PATIENCE = 120.0


class Postgres:
    """One server in one folder."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        installation: Path | None = None,
    ) -> None:
        """
        Args:
            port: where to listen; a free one, and the same again, by default.
            durable: whether the data outlive a crash of this machine; if not, it is faster.
            installation: the folder of PostgreSQL, with ``bin`` in it; its wheel's by default.
        """
        self.log = folder / "log"
        self._cluster = Cluster(folder, installation=installation)
        self._server = Server(folder / "server.json")
        self._port = port
        self._durable = "on" if durable else "off"
        self._last_port = folder / "port"

    def start(self) -> None:
        """Makes and starts the server unless it runs.

        Raises:
            CloudError: the port is taken, or the server does not come up.
        """
        running = self._server.port
        if running and self._port in (None, running):
            return
        self._server.stop(signal.SIGINT)
        port = self._choose_port()
        self._cluster.make()
        # No Unix socket: its path may have 107 bytes, and checkouts lie deeper than that.
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "fsync": self._durable,
            "full_page_writes": self._durable,
        }
        self._server.start(
            [
                *(str(self._cluster.programs / "postgres"), "-D", str(self._cluster.data)),
                *(f"--{key}={value}" for key, value in settings.items()),
            ],
            port=port,
            environment=ENVIRONMENT,
            folder=self._cluster.home,
            log=self.log,
            user=system_user(),
        )
        self._last_port.write_text(str(port))
        self._wait()

    def stop(self) -> bool:
        """Ends the server; whether it ran."""
        stopped = self._server.stop(signal.SIGINT)  # without waiting for clients to disconnect
        self._cluster.leave()
        return stopped

    def url(self, database: str = SUPERUSER) -> str:
        """Connection string of one database, for any client on this machine."""
        login = f"{SUPERUSER}:{self._cluster.password}"
        return f"postgresql://{login}@{LOOPBACK}:{self._server.port}/{database}"

    def recreate(self, database: str) -> str:
        """An empty database of that name, whatever was in it; its connection string."""
        name = sql.Identifier(database)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        return self.url(database)

    def _choose_port(self) -> int:
        if self._port:
            if not is_free(self._port):
                raise CloudError(
                    f"Port {self._port} is taken by another program; choose another for "
                    "PostgreSQL with DARKROOM_DATABASE_PORT."
                )
            return self._port
        # The same again if possible: a new address means a new deployment.
        last = int(self._last_port.read_text()) if self._last_port.exists() else 0
        return last if last and is_free(last) else free_port()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._server.running() and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self._server.stop(signal.SIGQUIT)
        raise CloudError(f"PostgreSQL did not start: {last_lines(self.log)} ({self.log})")


class OwnDatabase:
    """The stack's database on the local cloud's own server."""

    def __init__(self, server: Postgres, name: str) -> None:
        self._server = server
        self._name = name

    @property
    def url(self) -> str:
        return self._server.url(self._name)

    def url_from(self, host: str) -> str:
        """The same for functions, who know this machine by that name."""
        return self.url.replace(f"@{LOOPBACK}:", f"@{host}:", 1)

    def start(self) -> None:
        self._server.start()

    def renew(self) -> None:
        """Rows without their objects would be jobs that nobody can finish."""
        self._server.recreate(self._name)

    def stop(self) -> bool:
        return self._server.stop()
