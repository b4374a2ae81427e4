"""Connections to PostgreSQL that break where a test wants it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg import pq
from psycopg.rows import TupleRow

from database.connection import Database, DatabaseSettings
from tests.model.faults import Faults


class Wire(psycopg.Connection[TupleRow]):
    """A connection whose every statement and every commit is a time for a fault."""

    faults: Faults

    def cut(self) -> Exception:
        """As if the server had gone."""
        self.close()
        return psycopg.OperationalError("the connection is lost")

    def point(self) -> None:
        is_open = self.info.transaction_status != pq.TransactionStatus.IDLE
        self.faults.point(self.cut, is_open=is_open)

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[psycopg.Transaction]:
        with super().transaction(savepoint_name, force_rollback) as transaction:
            yield transaction
        self.point()  # committed, and the answer is lost


class Statement(psycopg.Cursor[Any]):
    """A cursor of such a connection."""

    def execute(self, *args: Any, **kwargs: Any) -> Self:
        assert isinstance(self.connection, Wire)
        self.connection.point()
        super().execute(*args, **kwargs)
        self.connection.point()
        return self


class FaultyDatabase(Database):
    """The real one, but for what it is connected by."""

    def __init__(
        self, settings: DatabaseSettings, faults: Faults, *, statement_timeout: float | None
    ) -> None:
        super().__init__(settings, statement_timeout=statement_timeout)
        self._faults = faults

    def _connect(self) -> Wire:
        assert self._settings.database_url is not None
        wire = Wire.connect(
            self._settings.database_url.get_secret_value(),
            autocommit=True,
            prepare_threshold=None,
            options=self._options,
            cursor_factory=Statement,
        )
        wire.faults = self._faults
        return wire
