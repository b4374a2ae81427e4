"""The connection: kept, lost, and found again."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import LiteralString

import boto3
import psycopg
import pytest
from pydantic import SecretStr, ValidationError

from database.connection import CONNECT_TIMEOUT, Connection, Database, DatabaseSettings
from infra.settings import SIZES

WAITS = """
import os
from database.connection import Database, DatabaseSettings

database = Database(DatabaseSettings(), statement_timeout=None)
database.run(lambda connection: connection.execute("SELECT pg_sleep(600)"))
"""
"""What a function runs that will be killed meanwhile."""


def eventually(reached: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def restart(connection: Connection) -> None:
    """Ends every other session, as a restart does."""
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def session(connection: Connection) -> object:
    return connection.execute("SELECT pg_backend_pid()").fetchone()


def test_one_connection_serves_every_piece_of_work(database: Database) -> None:
    assert database.run(session) == database.run(session)


def test_work_is_done_again_after_a_restart_between_two_invocations(
    database: Database, connection: Connection
) -> None:
    before = database.run(session)
    restart(connection)
    assert database.run(session) != before


def test_work_is_done_again_after_a_restart_in_the_middle_of_it(
    database: Database, connection: Connection
) -> None:
    database.ping()
    connection.execute("CREATE TABLE done (run integer)")
    runs: list[int] = []

    def work(own: Connection) -> None:
        with own.transaction():
            runs.append(1)
            own.execute("INSERT INTO done VALUES (%s)", [len(runs)])
            if len(runs) == 1:
                restart(connection)
                own.execute("SELECT 1")

    database.run(work)
    assert len(runs) == 2
    assert connection.execute("SELECT run FROM done").fetchall() == [(2,)]


def test_what_is_wrong_with_the_work_itself_is_not_tried_again(database: Database) -> None:
    database.ping()
    runs: list[int] = []

    def work(connection: Connection) -> None:
        runs.append(1)
        connection.execute("SELECT 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        database.run(work)
    assert len(runs) == 1
    assert database.run(lambda connection: connection.execute("SELECT 7").fetchone()) == (7,)


def test_a_statement_that_takes_too_long_is_given_up_and_not_tried_again(
    database_url: str,
) -> None:
    settings = DatabaseSettings(database_url=SecretStr(database_url))
    database = Database(settings, statement_timeout=1)
    before = database.run(session)
    runs: list[int] = []

    def work(connection: Connection) -> None:
        runs.append(1)
        connection.execute("SELECT pg_sleep(60)")

    with pytest.raises(psycopg.errors.QueryCanceled):
        database.run(work)
    assert len(runs) == 1
    assert database.run(session) == before
    database.close()


def test_a_statement_of_a_killed_function_ends(database_url: str, connection: Connection) -> None:
    """Else it would get its lock some time, and keep others waiting until then."""
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'"
    environment = os.environ | {"DATABASE_URL": database_url}
    with subprocess.Popen([sys.executable, "-c", WAITS], env=environment) as waiting:
        try:
            eventually(lambda: connection.execute(sessions).fetchone() == (1,))
        finally:
            waiting.kill()
    eventually(lambda: connection.execute(sessions).fetchone() == (0,))


def become_standby(connection: Connection) -> None:
    """What a session of the old primary is after a switch-over: it reads, and refuses writes."""
    connection.execute("SET default_transaction_read_only = on")


def test_work_is_done_again_on_a_server_that_takes_writes(database: Database) -> None:
    database.run(become_standby)
    database.run(lambda connection: connection.execute("CREATE TABLE written ()"))
    assert database.run(
        lambda connection: connection.execute("SHOW default_transaction_read_only").fetchone()
    ) == ("off",)


def test_a_ping_finds_a_server_that_takes_no_writes_before_the_work(database: Database) -> None:
    database.run(become_standby)
    database.ping()
    with database.connection() as own:
        own.execute("CREATE TABLE written ()")


def test_a_standby_is_not_connected_to(
    database: Database, connection: Connection, database_url: str
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    connection.execute(
        psycopg.sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(
            psycopg.sql.Identifier(str(name))
        )
    )
    with pytest.raises(psycopg.OperationalError):
        database.ping()


@pytest.mark.parametrize(
    ("setting", "wait"),
    [
        pytest.param("idle_in_transaction_session_timeout", True, id="idle within a transaction"),
        pytest.param("transaction_timeout", False, id="a transaction that takes too long"),
    ],
)
def test_a_session_that_the_server_ended_is_a_lost_connection(
    database: Database, setting: LiteralString, *, wait: bool
) -> None:
    """Whatever the error's class, the caller sees a database that is away, and the next call
    connects again."""

    def outstay(connection: Connection) -> None:
        with connection.transaction():
            connection.execute(f"SET LOCAL {setting} = '50ms'")
            if wait:
                time.sleep(0.5)
            connection.execute("SELECT pg_sleep(0.5)")

    with pytest.raises(psycopg.OperationalError), database.connection() as connection:
        outstay(connection)
    assert database.run(lambda connection: connection.execute("SELECT 7").fetchone()) == (7,)


def test_a_deadlock_costs_no_connection_and_is_tried_again(database: Database) -> None:
    before = database.run(session)
    runs: list[int] = []

    def work(connection: Connection) -> object:
        runs.append(1)
        if len(runs) == 1:
            raise psycopg.errors.DeadlockDetected
        return session(connection)

    assert database.run(work) == before


def test_a_ping_finds_a_lost_connection_before_the_work(
    database: Database, connection: Connection
) -> None:
    database.ping()
    restart(connection)
    database.ping()
    with database.connection() as own:
        assert own.execute("SELECT 7").fetchone() == (7,)


def test_a_server_that_is_away_is_an_error_each_time() -> None:
    settings = DatabaseSettings(database_url="postgresql://nobody@127.0.0.1:1/none")
    database = Database(settings, statement_timeout=60)
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError):
            database.run(session)
        with pytest.raises(psycopg.OperationalError):
            database.ping()


def test_a_server_that_vanishes_is_found_out_while_the_api_can_still_answer(
    database: Database,
) -> None:
    """Loopback loses no packets, so this looks at what the system was told. In a network namespace
    whose loopback is taken down a statement ends after 10.6 s if that happens before it is sent,
    and after 10.2 s if it is confirmed first."""

    def options(connection: Connection) -> dict[str, int]:
        with socket.socket(fileno=os.dup(connection.fileno())) as own:
            return {
                name: own.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
                for name in ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
            }

    told = database.run(options)
    unconfirmed = told["TCP_USER_TIMEOUT"] / 1000
    unanswered = max(unconfirmed, told["TCP_KEEPIDLE"]) + told["TCP_KEEPINTVL"]
    dialled_again = CONNECT_TIMEOUT + 1
    assert 0 < unconfirmed < SIZES["api"].timeout - dialled_again
    assert unanswered < SIZES["api"].timeout
    assert told["TCP_KEEPCNT"] == 3


def test_every_statement_is_planned_for_the_tables_as_they_are(database: Database) -> None:
    """A plan kept from when a table was small reads a large one whole, for each batch."""

    def prepared(connection: Connection) -> list[tuple[object, ...]]:
        for _ in range(10):
            connection.execute("SELECT count(*) FROM images WHERE position = %s", [1])
        return connection.execute("SELECT name FROM pg_prepared_statements").fetchall()

    assert database.run(prepared) == []


@pytest.mark.parametrize("way", ["sort", "bitmapscan", "seqscan"])
def test_ways_that_only_seem_cheap_are_taken_if_there_is_no_other(
    database: Database, way: str
) -> None:
    """``test_plans.py`` shows what that is good for."""
    assert database.run(lambda each: each.execute(f"SHOW enable_{way}").fetchone()) == ("off",)


def test_times_are_in_utc_and_no_lock_outlives_a_frozen_function(database: Database) -> None:
    def look(connection: Connection) -> tuple[object, ...]:
        shown = (
            connection.execute("SHOW timezone").fetchone(),
            connection.execute("SHOW idle_in_transaction_session_timeout").fetchone(),
        )
        return tuple(each and each[0] for each in shown)

    assert database.run(look) == ("UTC", "1min")


@pytest.fixture
def secret(aws: None) -> str:
    client = boto3.client("secretsmanager")
    value = {"host": "127.0.0.1", "port": 1, "dbname": "x", "username": "u", "password": "p"}
    return client.create_secret(Name="database", SecretString=json.dumps(value))["ARN"]


def test_a_rotated_password_is_fetched_anew_when_the_old_one_is_refused(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("secretsmanager")
    dialled: list[str] = []

    def dial(conninfo: str, **_: object) -> None:
        dialled.append(str(psycopg.conninfo.conninfo_to_dict(conninfo)["password"]))
        rotated = {"host": "h", "port": 1, "dbname": "x", "username": "u", "password": "new"}
        client.put_secret_value(SecretId=secret, SecretString=json.dumps(rotated))
        raise psycopg.OperationalError("password authentication failed")

    monkeypatch.setattr(psycopg, "connect", dial)
    with pytest.raises(psycopg.OperationalError):
        Database(DatabaseSettings(database_secret_arn=secret), statement_timeout=60).ping()
    assert dialled == ["p", "new"]


def test_a_server_that_does_not_answer_is_dialled_once(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other password would help, and the API's time would be over."""
    dialled: list[str] = []

    def dial(conninfo: str, **_: object) -> None:
        dialled.append(conninfo)
        raise psycopg.errors.ConnectionTimeout

    monkeypatch.setattr(psycopg, "connect", dial)
    with pytest.raises(psycopg.OperationalError):
        Database(DatabaseSettings(database_secret_arn=secret), statement_timeout=60).ping()
    assert len(dialled) == 1


@pytest.mark.parametrize("is_there", [True, False])
def test_a_secret_that_cannot_be_read_is_a_database_that_is_away(
    secret: str, monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    if is_there:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1")
    else:
        boto3.client("secretsmanager").delete_secret(
            SecretId=secret, ForceDeleteWithoutRecovery=True
        )
    with pytest.raises(psycopg.OperationalError, match="secret"):
        Database(DatabaseSettings(database_secret_arn=secret), statement_timeout=60).ping()


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="neither"),
        pytest.param({"database_url": "postgresql://x", "database_secret_arn": "arn:x"}, id="both"),
    ],
)
def test_the_settings_name_one_way_to_the_database(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="one of DATABASE_URL and DATABASE_SECRET_ARN"):
        DatabaseSettings.model_validate(given)


def test_the_settings_do_not_show_a_password() -> None:
    settings = DatabaseSettings.model_validate({"database_url": "postgresql://u:hidden@h/d"})
    assert "hidden" not in repr(settings)
