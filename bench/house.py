"""What the data zone's functions are measured in: a real PostgreSQL, and stand-ins for S3 and SQS.

S3 answers after 15 ms and SQS after 10. Nobody is bound to a core: on AWS PostgreSQL has a machine
of its own, here all share this one.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from bench.places import WORK
from bench.processes import Child, python
from database import jobs, migrations, tenants
from database.connection import OPTIONS, Connection
from localcloud.postgres import Postgres
from pipeline.states import JobStatus

BESIDE = 10_000_000
"""Images of other jobs in the table, in a full run."""

KEY = "dk_bench"


@dataclass
class House:
    """PostgreSQL with a tenant, the stand-ins, and the functions' environment."""

    connection: Connection
    database_url: str
    tenant_id: UUID
    cloud: Child
    port: int
    jobs: dict[int, UUID] = field(default_factory=dict)
    """By rows."""

    def function(self, name: str) -> Child:
        """The function, ready for events."""
        endpoint = f"http://127.0.0.1:{self.port}"
        queues = ("uploads", "images", "finished", "deliveries", "outcomes")
        environment = {
            "DATABASE_URL": self.database_url,
            "API_URL": "https://api.example",
            "UPLOADS_BUCKET": "uploads",
            "RESULTS_BUCKET": "results",
            "IMAGES_BUCKET": "images",
            "RETENTION_DAYS": "90",
            **{f"{queue.upper()}_QUEUE_URL": f"{endpoint}/{queue}" for queue in queues},
            "POWERTOOLS_SERVICE_NAME": name,
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        child = Child(python("bench.data_subject", name), core=None, env=environment)
        child.answer()
        return child


@contextmanager
def house() -> Iterator[House]:
    """Everything, with an empty schema."""
    postgres = Postgres(WORK / "postgres")
    postgres.start()
    try:
        url = postgres.recreate("bench")
        with (
            psycopg.connect(url, autocommit=True, options=OPTIONS) as connection,
            Child(python("bench.data_servers"), core=None) as cloud,
        ):
            migrations.upgrade(connection)
            tenant_id = tenants.ensure(
                connection, name="bench", webhook_secret="whsec_" + secrets.token_urlsafe(24)
            )
            tenants.add_api_key(
                connection, tenant_id=tenant_id, api_key=KEY, name="bench", expires_at=None
            )
            yield House(connection, url, tenant_id, cloud, cloud.answer()["port"])
    finally:
        postgres.stop()


def fill(home: House) -> None:
    """Puts other jobs' images into the tables, as years of use would."""
    began = time.monotonic()
    for _ in range(BESIDE // 1_000_000):
        home.connection.execute(
            """
            WITH job AS (
                INSERT INTO jobs (tenant_id, status, options, images_total, images_succeeded,
                                  rows_total, upload_expires_at, completed_at)
                VALUES (%s, 'completed', '{}', 1000000, 1000000, 1000000, now(), %s)
                RETURNING job_id
            )
            INSERT INTO images (job_id, position, url, url_digest, status, output_url,
                                input_bytes, output_bytes, finished_at)
            SELECT job_id, n, 'https://images.shop.example/earlier/' || n || '.jpg',
                   sha256(n::text::bytea), 'succeeded',
                   'https://images.example/' || job_id || '/' || n || '.jpg', 300000, 90000, now()
            FROM job, generate_series(0, 999999) AS n
            """,
            [home.tenant_id, datetime.now(UTC)],
        )
    home.connection.execute("VACUUM ANALYZE")
    print(f"\n{BESIDE:,} images of other jobs in the table, {time.monotonic() - began:.0f} s")


def check(home: House, size: int, status: JobStatus) -> None:
    """The job is where it should be by now, with all its images."""
    job = jobs.get(home.connection, home.jobs[size])
    if job is None or job.status != status or job.images_total != size:
        raise RuntimeError(f"the job of {size} rows is not {status}: {job}")
