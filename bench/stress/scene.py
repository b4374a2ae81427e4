"""Tables as long use leaves them: many finished jobs, and one large job that has just begun."""

from dataclasses import dataclass
from uuid import UUID

from bench.stress.statistics import Statistics
from database import tenants
from database.connection import Connection

TENANTS = 20


@dataclass(frozen=True)
class Size:
    """How much there is.

    Attributes:
        jobs: finished jobs.
        images: their images and rows, all jobs together.
        present: images of the job under way, and rows of it; the first half of them is done.
        failed: images of a finished job all of which have failed.
        leased: deliveries whose message is on its way to the notifier.
    """

    jobs: int
    images: int
    present: int
    failed: int
    leased: int


@dataclass(frozen=True)
class Scene:
    """What the paths are about.

    Attributes:
        tenant_id: whose jobs the named ones are.
        present: the job under way.
        done: its images before this position have succeeded, the others are pending.
        failed: the finished job whose images have failed.
        oldest: the job that retention deletes first.
        statistics: what PostgreSQL knew of the tables, by when it was asked.
    """

    tenant_id: UUID
    present: UUID
    done: int
    failed: UUID
    oldest: UUID
    statistics: dict[str, Statistics]


def build(connection: Connection, size: Size) -> Scene:
    """Fills the empty tables. Autovacuum should be off, so that statistics are those named."""
    owners = [
        tenants.ensure(connection, name=f"tenant {n}", webhook_secret="whsec_c2VjcmV0" * 4)
        for n in range(TENANTS)
    ]
    statistics = {"never analysed": Statistics.none()}
    connection.execute("VACUUM ANALYZE")
    statistics["analysed when empty"] = Statistics.of(connection)
    oldest = _finished(connection, owners, jobs=3, images=3)
    connection.execute("ANALYZE")
    statistics["analysed when tiny"] = Statistics.of(connection)
    _finished(connection, owners, jobs=size.jobs, images=size.images)
    connection.execute("VACUUM ANALYZE")
    statistics["analysed before the job"] = Statistics.of(connection)
    failed = _job(connection, owners[0], "completed", "failed", size.failed)
    present = _job(connection, owners[0], "processing", "pending", size.present)
    done = size.present // 2
    _finish(connection, present, done)
    _deliveries(connection, present, size.leased)
    _silent_receivers(connection, size.leased)
    connection.execute("VACUUM ANALYZE")
    fresh = statistics["fresh"] = Statistics.of(connection)
    statistics["when all was pending"] = fresh.believing(
        images="pending", jobs="processing", deliveries="pending"
    )
    statistics["when jobs had one image"] = fresh.believing_in_small_jobs()
    statistics["when all had failed"] = fresh.believing(
        images="failed", jobs="rejected", deliveries="failed"
    )
    return Scene(owners[0], present, done, failed, oldest, statistics)


def _finished(connection: Connection, owners: list[UUID], *, jobs: int, images: int) -> UUID:
    """Completed jobs of all tenants in turn, each image succeeded; returns the first job."""
    each = max(1, images // jobs)
    [(first,)] = connection.execute(
        """
        WITH made AS (
            INSERT INTO jobs (tenant_id, status, options, images_total, images_succeeded,
                              images_queued, rows_total, upload_expires_at, completed_at)
            SELECT (%(owners)s::uuid[])[1 + n %% cardinality(%(owners)s::uuid[])], 'completed',
                   '{}', %(each)s, %(each)s, %(each)s, %(each)s, now(),
                   now() - interval '100 days' + n * interval '1 second'
            FROM generate_series(1, %(jobs)s) AS n
            RETURNING job_id, tenant_id
        ), pictures AS (
            INSERT INTO images (job_id, position, url, url_digest, status, output_url, input_bytes,
                                output_bytes, finished_at)
            SELECT job_id, n, 'https://shop.example/' || n || '.jpg',
                   substr(sha256(n::text::bytea), 1, 16), 'succeeded',
                   'https://images.example/' || n, 300000, 90000, now()
            FROM made, generate_series(0, %(each)s - 1) AS n
        ), lines AS (
            INSERT INTO csv_rows (job_id, row_number, image_positions)
            SELECT job_id, n, ARRAY[n - 1] FROM made, generate_series(1, %(each)s) AS n
        ), webhooks AS (
            INSERT INTO deliveries (job_id, tenant_id, event, url, body, status, attempts,
                                    next_attempt_at)
            SELECT job_id, tenant_id, 'job.completed', 'https://shop.example/hook',
                   repeat('x', 800), 'delivered', 2, NULL
            FROM made
            RETURNING delivery_id
        ), tries AS (
            INSERT INTO delivery_attempts (delivery_id, attempt, at, milliseconds)
            SELECT delivery_id, n, now(), 1 FROM webhooks, generate_series(1, 2) AS n
        ), keys AS (
            INSERT INTO idempotency_keys (tenant_id, key, request_sha256, job_id)
            SELECT tenant_id, job_id::text, '\\x00', job_id FROM made
        )
        SELECT job_id FROM made ORDER BY job_id LIMIT 1
        """,
        {"owners": owners, "each": each, "jobs": jobs},
    ).fetchall()
    return UUID(str(first))


def _job(connection: Connection, tenant_id: UUID, status: str, of_images: str, images: int) -> UUID:
    """One job all of whose images have that status; it has stood still for two days."""
    [(job_id,)] = connection.execute(
        """
        INSERT INTO jobs (tenant_id, status, options, images_total, images_failed, images_queued,
                          rows_total, upload_expires_at, updated_at, completed_at, webhook_url,
                          repairs)
        VALUES (%(tenant_id)s, %(status)s, '{}', %(images)s, %(failed)s, %(images)s, %(images)s,
                now(), now() - interval '2 days',
                CASE WHEN %(status)s = 'completed' THEN now() END, 'https://shop.example/hook', 9)
        RETURNING job_id
        """,
        {
            "tenant_id": tenant_id,
            "status": status,
            "images": images,
            "failed": images if of_images == "failed" else 0,
        },
    ).fetchall()
    connection.execute(
        """
        INSERT INTO images (job_id, position, url, url_digest, status, error_code)
        SELECT %(job_id)s, n, 'https://shop.example/' || n || '.jpg',
               substr(sha256(convert_to('https://shop.example/' || n || '.jpg', 'UTF8')), 1, 16),
               %(status)s, CASE WHEN %(status)s = 'failed' THEN 'not_found' END
        FROM generate_series(0, %(images)s - 1) AS n
        """,
        {"job_id": job_id, "status": of_images, "images": images},
    )
    connection.execute(
        """
        INSERT INTO csv_rows (job_id, row_number, image_positions)
        SELECT %(job_id)s, n, ARRAY[n - 1] FROM generate_series(1, %(images)s) AS n
        """,
        {"job_id": job_id, "images": images},
    )
    return UUID(str(job_id))


def _finish(connection: Connection, job_id: UUID, count: int) -> None:
    """Lets the first images of a job succeed."""
    connection.execute(
        "UPDATE images SET status = 'succeeded' WHERE job_id = %s AND position < %s",
        [job_id, count],
    )
    connection.execute("UPDATE jobs SET images_succeeded = %s WHERE job_id = %s", [count, job_id])


def _deliveries(connection: Connection, present: UUID, leased: int) -> None:
    """Of all jobs in turn: some under way, one of the present job that is due."""
    connection.execute(
        """
        INSERT INTO deliveries (job_id, tenant_id, event, milestone, url, body, next_attempt_at,
                                queued_until)
        SELECT job_id, tenant_id, 'job.progress', n, 'https://shop.example/hook', repeat('x', 800),
               now() - interval '1 minute', now() + interval '9 minutes'
        FROM (SELECT job_id, tenant_id, row_number() OVER () AS place FROM jobs) AS each,
             generate_series(1, 1 + %(leased)s / (SELECT count(*)::int FROM jobs)) AS n
        WHERE (n - 1) * (SELECT count(*)::int FROM jobs) + place <= %(leased)s
        """,
        {"leased": leased},
    )
    connection.execute(
        """
        INSERT INTO deliveries (job_id, tenant_id, event, url, body)
        SELECT job_id, tenant_id, 'job.processing', 'https://shop.example/hook', '{}'
        FROM jobs WHERE job_id = %s
        """,
        [present],
    )


def _silent_receivers(connection: Connection, count: int) -> None:
    """That of the deliveries for every second tenant, and so many others."""
    connection.execute(
        """
        INSERT INTO silent_receivers (tenant_id, host)
        SELECT tenant_id, CASE WHEN n = 0 THEN 'shop.example' ELSE n || '.example' END
        FROM (SELECT tenant_id, row_number() OVER () AS place FROM tenants) AS each,
             generate_series(0, %(count)s / 10) AS n
        WHERE place %% 2 = 0
        """,
        {"count": count},
    )
