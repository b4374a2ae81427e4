"""The real parts that tests run against: PostgreSQL from its wheel, S3 and SQS from moto."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import boto3
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws
from mypy_boto3_s3 import S3Client
from mypy_boto3_sqs import SQSClient

from database import csv_rows, jobs, migrations, tenants
from database import images as database_images
from database.connection import Connection, Database, DatabaseSettings
from database.csv_rows import NewRow
from database.images import NewImage
from localcloud.postgres import Postgres
from pipeline.job import Job
from pipeline.options import ImageOptions
from pipeline.states import JobStatus
from tests import surroundings
from tests.cloud import cloud, cloudinary_server, own_state, stack
from tests.ids import demand_written

# Fixtures, of which there must be one each: they are a whole cloud.
__all__ = ["cloud", "cloudinary_server", "stack"]

TEMPLATE = "darkroom_template"

surroundings.forget()

# Two runs look at the same examples, and a slow machine fails none of them.
settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# HYPOTHESIS_PROFILE=long looks at many more examples, for hours where there is much to look at.
settings.register_profile("long", max_examples=20_000, stateful_step_count=80, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_make_parametrize_id(val: object, argname: str) -> None:
    """Asked for each value that a test writes no id for; pytest makes one of those that may."""
    demand_written(val, argname)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server with the migrated schema in a template database; its connection string."""
    # In a folder of a cloud's shape, so that the next run ends what a killed one left behind.
    with own_state("database") as state:
        server = Postgres(state / "postgres", durable=False)
        try:
            server.start()
            conninfo = server.url()
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {TEMPLATE}")
            with psycopg.connect(conninfo, dbname=TEMPLATE, autocommit=True) as connection:
                migrations.upgrade(connection)
            yield conninfo
        finally:
            server.stop()


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
    database = Database(DatabaseSettings(database_url=database_url), statement_timeout=60)
    yield database
    database.close()


@pytest.fixture
def tenant_id(connection: Connection) -> uuid.UUID:
    return tenants.ensure(connection, name="acme", webhook_secret="whsec_" + "c2VjcmV0" * 4)


@pytest.fixture
def new_job(connection: Connection, tenant_id: uuid.UUID) -> Callable[..., Job]:
    """Makes a job in any state, with as many pending images at https://shop.example/{n}.jpg."""

    def make(
        status: JobStatus = JobStatus.PROCESSING,
        *,
        images: int = 0,
        webhook_url: str | None = None,
    ) -> Job:
        job = jobs.create(
            connection,
            tenant_id=tenant_id,
            filename="products.csv",
            webhook_url=webhook_url,
            options=ImageOptions(),
            upload_lifetime=timedelta(minutes=15),
        )
        with connection.transaction():
            added = (NewImage(n, f"https://shop.example/{n}.jpg") for n in range(images))
            database_images.add(connection, job.job_id, added)
            rows = (NewRow(n + 1, [n]) for n in range(images))
            csv_rows.add(connection, job.job_id, rows)
            jobs.add_ingested(
                connection,
                job.job_id,
                rows=images,
                rejected=0,
                images=images,
                failed_images=0,
                queued=images,
            )
            connection.execute(
                "UPDATE jobs SET status = %s WHERE job_id = %s", [status, job.job_id]
            )
        made = jobs.get(connection, job.job_id)
        assert made is not None
        return made

    return make


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl+C counts. It does not for what a script starts in the background, as in `make test &`,
    nor for what that starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moto in place of AWS, for the edges that need no whole cloud."""
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
