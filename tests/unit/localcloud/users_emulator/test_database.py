from collections.abc import Callable

import psycopg
import pytest

from localcloud.errors import CloudError
from localcloud.users_emulator import database
from localcloud.users_emulator.database import UsersDatabase, addresses


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://me:pw@db.example:6432/darkroom", [("db.example", 6432)]),
        ("postgres://me@host.docker.internal/darkroom", [("host.docker.internal", 5432)]),
        ("postgresql://me@a:1,b:2/x", [("a", 1), ("b", 2)]),
        ("postgresql://me@[::1]:5432/x", [("::1", 5432)]),
        ("host=db port=5433 dbname=x", [("db", 5433)]),
    ],
    ids=["all of it", "the usual port", "two hosts", "IPv6", "keywords"],
)
def test_hosts_and_ports_are_read_from_what_psycopg_reads(
    url: str, found: list[tuple[str, int]]
) -> None:
    assert addresses(url) == found


@pytest.mark.parametrize(
    "url",
    ["s3cr3t", "mysql://me:s3cr3t@db/x", "postgresql:///s3cr3t", "postgresql://me:s3cr3t@db:x/y"],
    ids=["a word", "another kind", "no host", "no port"],
)
def test_what_names_no_server_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(CloudError, match=r"DATABASE_URL must read postgresql://") as raised:
        addresses(url)
    assert "s3cr3t" not in str(raised.value)


@pytest.fixture
def empty(postgres: str) -> str:
    """A database with nothing in it."""
    name = "users_database"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
    return as_url(postgres, name)


def as_url(conninfo: str, name: str) -> str:
    return f"{conninfo.rpartition('/')[0]}/{name}"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def users(told: list[str]) -> Callable[[str], UsersDatabase]:
    return lambda url: UsersDatabase(url, report=told.append)


def test_an_empty_database_is_taken(
    empty: str, users: Callable[[str], UsersDatabase], told: list[str]
) -> None:
    given = users(empty)
    given.start()
    given.renew()
    assert told == []


def test_one_with_the_schema_is_taken_as_it_is_and_that_is_said(
    database_url: str, users: Callable[[str], UsersDatabase], told: list[str]
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO tenants (name, webhook_secret) VALUES ('kept', 'x')")
    given = users(database_url)
    given.start()
    given.renew()
    assert len(told) == 1
    assert "stay there" in told[0]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT name FROM tenants").fetchall() == [("kept",)]


def test_one_with_tables_of_somebody_else_is_refused(
    empty: str, users: Callable[[str], UsersDatabase]
) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shop CREATE TABLE products (name text)")
    with pytest.raises(CloudError, match="tables that are not Darkroom's"):
        users(empty).start()


def test_an_older_server_is_refused(
    empty: str, users: Callable[[str], UsersDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "VERSION", 99)
    with pytest.raises(CloudError, match=r"is PostgreSQL 18; Darkroom needs 99 or newer"):
        users(empty).start()


def test_one_that_only_the_functions_reach_is_left_to_the_trial(
    users: Callable[[str], UsersDatabase], told: list[str]
) -> None:
    users("postgresql://me:s3cr3t@127.0.0.1:1/darkroom").start()
    assert len(told) == 1
    assert "cannot be looked into from here" in told[0]
    assert "s3cr3t" not in told[0]


def test_it_is_not_ended_with_the_cloud(
    empty: str, users: Callable[[str], UsersDatabase], told: list[str]
) -> None:
    assert users(empty).stop() is False
    psycopg.connect(empty).close()
    assert "stay in the database" in told[0]
