"""A PostgreSQL that the user gave, by ``DATABASE_URL``."""

from collections.abc import Callable

import psycopg
from psycopg import conninfo

from localcloud.errors import CloudError

VARIABLE = "DATABASE_URL"
VERSION = 18
"""The schema's identifiers are made by ``uuidv7()``, which PostgreSQL has since 18."""
DEFAULT_PORT = 5432
CONNECT_SECONDS = 5

TABLES = """
    SELECT count(*) FILTER (WHERE name IN ('alembic_version', 'tenants', 'jobs')), count(*)
    FROM (
        SELECT table_name AS name FROM information_schema.tables
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
    ) AS tables
"""


class UsersDatabase:
    """A database that is used as it is: nothing starts it, ends it or empties it. The deploy makes
    Darkroom's tables in it."""

    def __init__(self, url: str, *, report: Callable[[str], None]) -> None:
        self.url = url
        self._report = report
        self._used_before = False

    def url_from(self, _host: str) -> str:
        """The address that the user gave is one for the functions already."""
        return self.url

    def start(self) -> None:
        """Looks into it, if it can be reached from here.

        Raises:
            CloudError: it holds something else than Darkroom's tables, or is too old for them.
        """
        addresses(self.url)
        try:
            with psycopg.connect(self.url, connect_timeout=CONNECT_SECONDS) as connection:
                version = connection.info.server_version // 10_000
                ours, tables = connection.execute(TABLES).fetchone() or (0, 0)
        except psycopg.OperationalError as error:
            # Its address may be one for the functions' containers only: the trial asks them.
            self._report(f"The database cannot be looked into from here: {_first_line(error)}")
            return
        if version < VERSION:
            raise CloudError(
                f"The database that {VARIABLE} names is PostgreSQL {version}; Darkroom needs "
                f"{VERSION} or newer."
            )
        if tables and ours < 3:
            raise CloudError(
                f"The database that {VARIABLE} names has tables that are not Darkroom's; give it "
                "a database of its own (CREATE DATABASE darkroom)."
            )
        self._used_before = tables > 0

    def renew(self) -> None:
        """Keeps what is there: it is the user's."""
        if self._used_before:
            self._report(
                f"The jobs that are in the database of {VARIABLE} stay there; their files are "
                "gone with the stack that had them."
            )

    def stop(self) -> bool:
        self._report(f"Darkroom's tables stay in the database that {VARIABLE} names.")
        return False


def addresses(url: str) -> list[tuple[str, int]]:
    """Hosts and ports of a connection string, of which one is enough.

    Raises:
        CloudError: it is none, or names no host; the message does not repeat it.
    """
    try:
        values = conninfo.conninfo_to_dict(url)
        hosts = str(values.get("host") or "").split(",")
        ports = str(values.get("port") or DEFAULT_PORT).split(",")
        ports = ports * len(hosts) if len(ports) == 1 else ports
        found = [(host, int(port)) for host, port in zip(hosts, ports, strict=True)]
    except (psycopg.ProgrammingError, ValueError):
        found = []
    if not found or not all(host and not host.startswith("/") for host, _ in found):
        raise CloudError(f"{VARIABLE} must read postgresql://USER:PASSWORD@HOST:PORT/DATABASE.")
    return found


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
