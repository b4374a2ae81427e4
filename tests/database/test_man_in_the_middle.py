"""On AWS the server's certificate is not checked against an authority; the password's exchange is
bound to it instead. So nobody can stand in between, whatever certificate they show."""

import json
import os
from collections.abc import Iterator

import boto3
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from database.connection import Database, DatabaseSettings
from localcloud.cluster import system_user
from localcloud.postgres import Postgres
from tests.database.man_in_the_middle import (
    Change,
    ManInTheMiddle,
    as_it_is,
    certificate,
    hide_channel_binding,
)
from tests.database.postgres_with_tls import installation


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own that speaks TLS."""
    folder = tmp_path_factory.mktemp("tls")
    server = Postgres(folder, durable=False, installation=installation())
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        [(data,)] = connection.execute("SHOW data_directory").fetchall()
        pem = certificate(folder / "server").read_bytes()
        key = os.open(f"{data}/server.pem", os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(key, pem)
        os.fchown(key, *(system_user() or (-1, -1)))
        os.close(key)
        for setting in ("ssl_cert_file = 'server.pem'", "ssl_key_file = 'server.pem'", "ssl = on"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    yield server.url()
    server.stop()


@pytest.fixture
def database(aws: None, server: str) -> Iterator[Database]:
    """As on AWS, where the address and the password are in a secret."""
    parts = conninfo_to_dict(server)
    secret = {
        "host": parts["host"],
        "port": parts["port"],
        "dbname": parts["dbname"],
        "username": parts["user"],
        "password": parts["password"],
    }
    arn = boto3.client("secretsmanager").create_secret(
        Name="database", SecretString=json.dumps(secret)
    )["ARN"]
    database = Database(DatabaseSettings(database_secret_arn=arn), statement_timeout=60)
    yield database
    database.close()


def dial(database: Database, port: int) -> None:
    """Connects to somebody else's port, as a changed route or name would lead it there."""
    secrets = database._secret(fresh=True) | {"port": port}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_secret", lambda **_: secrets)
        database.ping()


def test_the_connection_is_encrypted_and_bound_to_the_certificate(database: Database) -> None:
    database.ping()
    with database.connection() as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.pgconn.used_password


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(as_it_is, id="passing on what it hears"),
        pytest.param(hide_channel_binding, id="hiding that the password can be bound"),
    ],
)
def test_nobody_in_between_is_let_through(
    database: Database, server: str, tmp_path_factory: pytest.TempPathFactory, change: Change
) -> None:
    parts = conninfo_to_dict(server)
    pem = certificate(tmp_path_factory.mktemp("rival"))
    address = (str(parts["host"]), int(str(parts["port"])))
    with (
        ManInTheMiddle(pem, address, change=change) as between,
        pytest.raises(psycopg.OperationalError, match="channel binding"),
    ):
        dial(database, between.port)
    assert b"SELECT" not in between.heard


def test_nobody_is_told_the_password(
    database: Database, server: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    parts = conninfo_to_dict(server)
    pem = certificate(tmp_path_factory.mktemp("rival"))
    with (
        ManInTheMiddle(pem, ("127.0.0.1", 1), change=None) as between,
        pytest.raises(psycopg.OperationalError, match="cleartext password"),
    ):
        dial(database, between.port)
    assert str(parts["password"]).encode() not in between.heard
    assert str(parts["user"]).encode() in between.heard
