"""The schema's history, applied by alembic in plain SQL, beside functions that are at work.

Each migration is a transaction of its own. It waits no longer than ``LOCK_TIMEOUT`` for a table:
whoever comes later would wait behind it, and an hour-long transaction would stop everything. It
gives way instead, and is tried again. ``steps`` has what cannot run within a transaction.

A release may be deployed over the one after it. So migrations only add, and take away what the last
release no longer uses; and a schema that is newer than this release is left as it is. Release 0.1
does not know that yet: it looks into ``alembic_version``, where it finds its own version for good,
while the real one stands in ``VERSION_TABLE``.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from database.connection import Connection

VERSIONS = Path(__file__).with_name("versions")

ADVISORY_LOCK = 0x6461726B726F6F6D
"""Any number that nothing else uses: "darkroom" in ASCII."""

VERSION_TABLE = "schema_version"

FIRST_RELEASE = "0001"
"""The schema's version in release 0.1."""

LOCK_TIMEOUT = 2.0
"""Seconds that a migration waits for a table, and keeps all later statements on it waiting."""

PAUSE = 3.0
"""Seconds between two tries, give or take a half, in which the others catch up."""

PATIENCE = 240.0
"""Seconds for all tries together. The function has 300 (``infra/settings.py``)."""


class MigrationError(Exception):
    """The schema could not be migrated; what was applied of it stays, and is complete."""


def upgrade(
    connection: Connection, *, versions: Path = VERSIONS, patience: float = PATIENCE
) -> str:
    """Brings the schema to the newest version, unless it is newer already. Safe to call again, and
    from two places at once: the second waits for the first.

    Args:
        versions: the folder with the migrations.
        patience: seconds until it gives up a table that others keep locked.

    Returns:
        the version it is at now.

    Raises:
        MigrationError: a table stayed locked, or another deploy is migrating all the time.
    """
    deadline = time.monotonic() + patience
    with _alone(connection, deadline):
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT:.0f}s'")
        try:
            _give_way(lambda: _apply(connection, versions), deadline)
        finally:
            if not connection.closed:
                connection.execute("RESET lock_timeout")
    return str(_version(connection))


@contextmanager
def _alone(connection: Connection, deadline: float) -> Iterator[None]:
    """Holds the session's lock on migrating. It is asked for again and again rather than waited
    for: an index that is built concurrently waits for every statement that is under way, and would
    wait for one that waits for this lock."""
    while not _one(connection, "SELECT pg_try_advisory_lock(%s)"):
        if time.monotonic() > deadline:
            raise MigrationError("Another deploy is migrating the schema; try again later.")
        time.sleep(0.2)
    try:
        yield
    finally:
        if not connection.closed:
            _one(connection, "SELECT pg_advisory_unlock(%s)")


def _one(connection: Connection, query: Any) -> bool:  # noqa: ANN401 (a literal of this module)
    [(answer,)] = connection.execute(query, [ADVISORY_LOCK]).fetchall()
    return bool(answer)


def _give_way(migrate: Callable[[], None], deadline: float) -> None:
    """Tries again for as long as somebody keeps a table locked."""
    # Takes longer to import than all else together, and making an API key needs none of it.
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    while True:
        try:
            migrate()
        except DBAPIError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise
            if time.monotonic() > deadline:
                raise MigrationError(
                    f"A table stays locked: {error.orig}. Find the transaction in "
                    "pg_stat_activity, end it, and deploy again."
                ) from error
            time.sleep(PAUSE * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)
        else:
            return


def _apply(connection: Connection, versions: Path) -> None:
    from alembic import command  # noqa: PLC0415 (as above)
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    _take_over(connection)
    known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
    if _version(connection) in {None, *known}:
        command.upgrade(config, "head")
    _tell_the_first_release(connection)


def _version(connection: Connection) -> str | None:
    found = connection.execute(
        sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(VERSION_TABLE))
    ).fetchone()
    return None if found is None else str(found[0])


def _take_over(connection: Connection) -> None:
    """From release 0.1, the first time that this is deployed over it."""
    table = sql.Identifier(VERSION_TABLE)
    connection.execute(
        sql.SQL("CREATE TABLE IF NOT EXISTS {} (version_num varchar(32) PRIMARY KEY)").format(table)
    )
    [(is_there,)] = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
    if is_there and _version(connection) is None:
        connection.execute(
            sql.SQL("INSERT INTO {} SELECT version_num FROM alembic_version").format(table)
        )


def _tell_the_first_release(connection: Connection) -> None:
    """That there is nothing for it to do, should it be deployed over this one."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY)"
    )
    connection.execute(
        "INSERT INTO alembic_version SELECT %s WHERE NOT EXISTS (SELECT FROM alembic_version)",
        [FIRST_RELEASE],
    )
