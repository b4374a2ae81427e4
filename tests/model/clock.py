"""A clock that tests move, for Python and for one database alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import time_machine

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)

# A function of this name in a schema that is searched first hides PostgreSQL's own. Defaults of
# columns were bound to that one when the tables were made, so they are bound anew.
SCHEMA = """
    CREATE SCHEMA clock;
    CREATE TABLE clock.moment (at timestamptz NOT NULL);
    INSERT INTO clock.moment VALUES ('-infinity');
    CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE
        AS 'SELECT at FROM clock.moment';
    DO $$
    DECLARE found record;
    BEGIN
        FOR found IN SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND column_default = 'now()'
        LOOP
            EXECUTE format('ALTER TABLE public.%I ALTER COLUMN %I SET DEFAULT clock.now()',
                           found.table_name, found.column_name);
        END LOOP;
        EXECUTE format('ALTER DATABASE %I SET search_path = clock, pg_catalog, public',
                       current_database());
    END $$;
"""


class Clock:
    """Stands still until it is moved. ``now()`` in SQL says the same as ``datetime.now``."""

    def __init__(self, connection: psycopg.Connection, traveller: time_machine.Traveller) -> None:
        self._connection = connection
        self._traveller = traveller
        self.set(BEGIN)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def set(self, moment: datetime) -> None:
        self._traveller.move_to(moment, tick=False)
        self._connection.execute("UPDATE clock.moment SET at = %s", [moment])

    def advance(self, by: timedelta) -> None:
        self.set(self.now + by)


@contextmanager
def moved(database_url: str) -> Iterator[Clock]:
    """A clock for this process and for the connections to the database that are opened from now
    on."""
    with (
        psycopg.connect(database_url, autocommit=True) as connection,
        time_machine.travel(BEGIN, tick=False) as traveller,
    ):
        connection.execute(SCHEMA)
        yield Clock(connection, traveller)
