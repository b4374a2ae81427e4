"""No statement of a hot path reads a whole table, however large the tables are.

Every statement is explained just before it runs, with the arguments that it runs with, over tables
large enough for the planner to want an index.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import TupleRow

from database import (
    csv_rows,
    deliveries,
    delivery_attempts,
    idempotency,
    images,
    jobs,
    outcomes,
    progress,
    redeliveries,
    repairs,
    retention,
    retries,
    tenants,
)
from database.connection import Connection
from pipeline.messages import DeliveryAttempted, ImageFinished, OutputImage
from pipeline.states import DeliveryStatus, ImageStatus, JobStatus

JOBS, IMAGES = 600, 100
"""Jobs in the tables, and images, rows and deliveries of each but the large one."""

LARGE = 20_000

GROWING = {"jobs", "images", "csv_rows", "deliveries", "delivery_attempts", "idempotency_keys"}
"""Tables that grow with use. Tenants and keys are few."""

PATIENCE = repairs.Patience(timedelta(minutes=10), timedelta(hours=4))


class Explaining(psycopg.Cursor[TupleRow]):
    """Keeps the plan of each statement that it executes."""

    plans: list[tuple[str, dict[str, Any]]]

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        text = str(query).strip()
        if text.startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
            with psycopg.Cursor(self.connection) as other:
                explained = other.execute(f"EXPLAIN (FORMAT JSON) {text}", params)
                [[found]] = explained.fetchall()
            self.plans.append((text, found[0]["Plan"]))
        return super().execute(query, params, **options)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


@pytest.fixture(scope="module")
def large(postgres: str) -> Iterator[tuple[Connection, UUID, UUID]]:
    """A connection to a database with many jobs, its tenant, and its one large job."""
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS plans WITH (FORCE)")
        admin.execute("CREATE DATABASE plans TEMPLATE darkroom_template")
        conninfo = psycopg.conninfo.make_conninfo(postgres, dbname="plans")
        with psycopg.connect(conninfo, autocommit=True) as connection:
            tenant_id = tenants.ensure(connection, name="acme", webhook_secret="whsec_c2VjcmV0")
            yield connection, tenant_id, filled(connection, tenant_id)
        admin.execute("DROP DATABASE plans WITH (FORCE)")


def filled(connection: Connection, tenant_id: UUID) -> UUID:
    """Fills the tables; the large job is the newest and processing."""
    connection.execute(
        """
        INSERT INTO jobs (tenant_id, status, options, images_total, images_succeeded, rows_total,
                          upload_expires_at, completed_at)
        SELECT %s, 'completed', '{}', %s, %s, %s, now(), now() - interval '100 days'
        FROM generate_series(1, %s)
        """,
        [tenant_id, IMAGES, IMAGES, IMAGES, JOBS],
    )
    [(job_id,)] = connection.execute(
        """
        INSERT INTO jobs (tenant_id, status, options, images_total, rows_total, upload_expires_at,
                          updated_at)
        VALUES (%s, 'processing', '{}', %s, %s, now(), now() - interval '1 day')
        RETURNING job_id
        """,
        [tenant_id, LARGE, LARGE],
    ).fetchall()
    connection.execute(
        """
        INSERT INTO images (job_id, position, url, url_digest, status)
        SELECT job_id, n, n::text, substr(sha256(n::text::bytea), 1, 16),
               CASE WHEN status = 'completed' THEN 'succeeded' ELSE 'pending' END
        FROM jobs, generate_series(0, images_total - 1) AS n
        """
    )
    connection.execute(
        """
        INSERT INTO csv_rows (job_id, row_number, image_positions)
        SELECT job_id, n + 1, ARRAY[n] FROM jobs, generate_series(0, rows_total - 1) AS n
        """
    )
    connection.execute(
        """
        INSERT INTO deliveries (job_id, tenant_id, event, url, body, status, next_attempt_at)
        SELECT job_id, tenant_id, 'job.completed', 'https://shop.example', '{}',
               CASE WHEN job_id = %s THEN 'pending' ELSE 'delivered' END, now()
        FROM jobs
        """,
        [job_id],
    )
    connection.execute(
        """
        INSERT INTO delivery_attempts (delivery_id, attempt, at, milliseconds)
        SELECT delivery_id, n, now(), 1 FROM deliveries, generate_series(1, 5) AS n
        """
    )
    connection.execute(
        """
        INSERT INTO idempotency_keys (tenant_id, key, request_sha256, job_id)
        SELECT tenant_id, job_id::text, '\\x00', job_id FROM jobs
        """
    )
    connection.execute("VACUUM ANALYZE")
    return UUID(str(job_id))


def finished(job_id: UUID) -> list[ImageFinished]:
    """Outcomes of the first hundred images."""
    output = OutputImage(bytes=1, width=1, height=1, format="jpeg", sha256="ab" * 32)
    return [
        ImageFinished(
            job_id=job_id,
            position=position,
            status=ImageStatus.SUCCEEDED,
            output_url="https://images.example/0.jpg",
            output=output,
        )
        for position in range(100)
    ]


def attempted(connection: Connection, job_id: UUID) -> list[delivery_attempts.Recorded]:
    [delivery] = deliveries.of_job(connection, job_id, after=deliveries.FIRST, limit=1)
    report = DeliveryAttempted(
        delivery_id=delivery.delivery_id, attempt=1, at=datetime.now(UTC), milliseconds=1
    )
    return [delivery_attempts.Recorded(report, DeliveryStatus.DELIVERED, None)]


def redelivered(connection: Connection, tenant_id: UUID, job_id: UUID) -> object:
    [delivery] = deliveries.of_job(connection, job_id, after=deliveries.FIRST, limit=1)
    return redeliveries.begin(connection, delivery.delivery_id, tenant_id=tenant_id)


def retried(connection: Connection, _tenant_id: UUID, job_id: UUID) -> object:
    jobs.move(connection, job_id, JobStatus.FINALIZING)
    job = jobs.move(connection, job_id, JobStatus.COMPLETED)
    assert job is not None
    return retries.begin(connection, job)


Path = Callable[[Connection, UUID, UUID], object]

PATHS: dict[str, Path] = {
    "status": lambda c, t, j: jobs.get(c, j, tenant_id=t),
    "jobs of a tenant": lambda c, t, j: jobs.page(c, tenant_id=t, before=None, limit=50),
    "completed jobs of a tenant": lambda c, t, j: jobs.page(
        c, tenant_id=t, status=JobStatus.COMPLETED, before=None, limit=50
    ),
    "first page of images": lambda c, t, j: images.page(c, j, status=None, after=-1, limit=100),
    "hundredth page of images": lambda c, t, j: images.page(
        c, j, status=None, after=9_900, limit=100
    ),
    "failed images": lambda c, t, j: images.page(
        c, j, status=ImageStatus.FAILED, after=-1, limit=100
    ),
    "deliveries of a job": lambda c, t, j: deliveries.of_job(
        c, j, after=deliveries.FIRST, limit=50
    ),
    "an earlier request": lambda c, t, j: idempotency.earlier(
        c, idempotency.Keyed(t, "key", b"\0")
    ),
    "lock": lambda c, t, j: jobs.lock(c, j),
    "known urls of a chunk": lambda c, t, j: images.positions(c, j, [str(n) for n in range(5_000)]),
    "images to send again": lambda c, t, j: images.pending(c, j, since=10_000, limit=5_000),
    "outcomes": lambda c, t, j: outcomes.record(c, finished(j)),
    "closing": lambda c, t, j: jobs.close(c, [j]),
    "milestones": lambda c, t, j: progress.advance(c, [j]),
    "attempts": lambda c, t, j: delivery_attempts.record(c, attempted(c, j)),
    "result": lambda c, t, j: next(csv_rows.results(c, j)),
    "failures": lambda c, t, j: next(csv_rows.failed(c, j), None),
    "due deliveries": lambda c, t, j: deliveries.claim_due(c, now=datetime.now(UTC)),
    "due deliveries of a job": lambda c, t, j: deliveries.claim_due(
        c, now=datetime.now(UTC), job_ids=[j]
    ),
    "stuck jobs": lambda c, t, j: repairs.claim_stuck(c, JobStatus.FINALIZING, PATIENCE, limit=200),
    "lost images": lambda c, t, j: repairs.claim_pending_images(
        c, PATIENCE, backlog=0, limit=2_000
    ),
    "counted jobs": lambda c, t, j: repairs.close_counted(c, limit=200),
    "hopeless images": lambda c, t, j: repairs.hopeless_images(
        c,
        idle=timedelta(0),
        repairs=0,
        backlog=0,
        longest=timedelta(days=14),
        limit=100,
    ),
    "jobs cancelled lately": lambda c, t, j: jobs.cancelled_since(
        c, timedelta(minutes=5), limit=200
    ),
    "hopeless jobs": lambda c, t, j: repairs.hopeless(
        c, JobStatus.PROCESSING, idle=timedelta(hours=24), repairs=5, limit=100
    ),
    "giving up": lambda c, t, j: repairs.fail_pending(c, j, limit=20_000),
    "retention": lambda c, t, j: retention.delete_some(
        c, older_than=timedelta(days=90), limit=5_000
    ),
    "redelivery": redelivered,
    "retry": retried,
}


@pytest.mark.parametrize("path", PATHS)
def test_no_table_that_grows_is_read_whole(large: tuple[Connection, UUID, UUID], path: str) -> None:
    connection, tenant_id, job_id = large
    cursor_factory, connection.cursor_factory = connection.cursor_factory, Explaining
    Explaining.plans = []
    try:
        with connection.transaction(force_rollback=True):
            PATHS[path](connection, tenant_id, job_id)
    finally:
        connection.cursor_factory = cursor_factory
    assert Explaining.plans
    for statement, plan in Explaining.plans:
        whole = [
            node["Relation Name"]
            for node in nodes(plan)
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWING
        ]
        assert not whole, f"{statement}\n{json.dumps(plan, indent=1)}"
