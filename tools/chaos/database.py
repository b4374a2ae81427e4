"""PostgreSQL as the campaign sees it: a server to break, and tables to read at the end."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from localcloud.postgres import Postgres
from localcloud.processes import Server

Row = dict[str, Any]

PATIENCE = 90.0
"""Seconds until a server that the campaign itself has ended counts as gone."""


class DatabaseServer:
    """One cloud's server.

    Args:
        state: the cloud's folder.
        url: of the database.
    """

    def __init__(self, state: Path, url: str) -> None:
        self.url = url
        self._folder = state / "postgres"
        self._process = Server(self._folder / "server.json")
        self._port = self._process.port

    def restart(self, how: signal.Signals, *, away: float = 0.0) -> None:
        """Ends the server and starts it again.

        Args:
            how: SIGINT lets it put its things in order; SIGQUIT is a crash to recover from.
            away: seconds between the two.
        """
        self._process.stop(how)
        time.sleep(away)
        # Starting is the local cloud's own way; ending is not, which throws files away.
        Postgres(self._folder, port=self._port).start()

    def cut(self) -> int:
        """Ends everybody's connections, in the middle of whatever they do; returns how many."""
        with self._connection() as connection:
            return connection.execute(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            ).rowcount

    def rows(self, query: str, *arguments: object) -> list[Row]:
        """What a query finds, as soon as the server is there."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._rows(query, arguments)
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def move_time(self, seconds: float) -> None:
        """Makes everything in the tables that somebody waits for older by that much.

        The pauses of webhooks and of the janitor are minutes to hours long, and no other clock
        than these columns tells them.
        """
        with self._connection() as connection:
            connection.execute(
                """
                UPDATE jobs SET updated_at = updated_at - make_interval(secs => %(by)s),
                    repaired_at = repaired_at - make_interval(secs => %(by)s),
                    upload_expires_at = upload_expires_at - make_interval(secs => %(by)s)
                WHERE status IN ('awaiting_upload', 'ingesting', 'processing', 'finalizing')
                """,
                {"by": seconds},
            )
            connection.execute(
                """
                UPDATE deliveries SET
                    next_attempt_at = next_attempt_at - make_interval(secs => %(by)s),
                    queued_until = queued_until - make_interval(secs => %(by)s)
                WHERE status = 'pending'
                """,
                {"by": seconds},
            )
            connection.execute(
                """
                UPDATE silent_receivers SET
                    silent_since = silent_since - make_interval(secs => %(by)s),
                    reported_at = reported_at - make_interval(secs => %(by)s),
                    probe_at = probe_at - make_interval(secs => %(by)s)
                """,
                {"by": seconds},
            )

    def _rows(self, query: str, arguments: Sequence[object]) -> list[Row]:
        with self._connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), arguments).fetchall()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            yield connection
