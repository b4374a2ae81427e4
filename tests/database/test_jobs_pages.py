from datetime import timedelta
from uuid import UUID

from database import jobs, tenants
from database.connection import Connection
from pipeline.options import ImageOptions
from pipeline.states import JobStatus


def make(connection: Connection, tenant_id: UUID) -> UUID:
    return jobs.create(
        connection,
        tenant_id=tenant_id,
        filename=None,
        webhook_url=None,
        options=ImageOptions(),
        upload_lifetime=timedelta(minutes=15),
    ).job_id


def test_pages_go_from_the_newest_to_the_oldest_without_gaps(
    connection: Connection, tenant_id: UUID
) -> None:
    made = [make(connection, tenant_id) for _ in range(7)]
    walked: list[UUID] = []
    before = None
    while page := jobs.page(connection, tenant_id=tenant_id, before=before, limit=3):
        walked += [job.job_id for job in page]
        before = walked[-1]
    assert walked == made[::-1]


def test_pages_of_one_status_leave_the_others_out(connection: Connection, tenant_id: UUID) -> None:
    made = [make(connection, tenant_id) for _ in range(6)]
    for job_id in made[::2]:
        jobs.move(connection, job_id, JobStatus.CANCELLED)
    first = jobs.page(
        connection, tenant_id=tenant_id, before=None, status=JobStatus.CANCELLED, limit=2
    )
    assert [job.job_id for job in first] == [made[4], made[2]]
    second = jobs.page(
        connection, tenant_id=tenant_id, before=made[2], status=JobStatus.CANCELLED, limit=2
    )
    assert [job.job_id for job in second] == [made[0]]


def test_a_job_made_meanwhile_does_not_move_the_next_page(
    connection: Connection, tenant_id: UUID
) -> None:
    made = [make(connection, tenant_id) for _ in range(4)]
    first = jobs.page(connection, tenant_id=tenant_id, before=None, limit=2)
    make(connection, tenant_id)
    second = jobs.page(connection, tenant_id=tenant_id, before=first[-1].job_id, limit=2)
    assert [job.job_id for job in second] == [made[1], made[0]]


def test_a_tenant_sees_its_own_jobs_only(connection: Connection, tenant_id: UUID) -> None:
    other = tenants.ensure(connection, name="rival", webhook_secret="whsec_x")
    mine, theirs = make(connection, tenant_id), make(connection, other)
    assert [
        job.job_id for job in jobs.page(connection, tenant_id=tenant_id, before=None, limit=9)
    ] == [mine]
    assert jobs.get(connection, theirs, tenant_id=tenant_id) is None
    assert jobs.get(connection, theirs, tenant_id=other) is not None
    # Another tenant's job as a place to go on from shows nothing of that tenant.
    page = jobs.page(connection, tenant_id=tenant_id, before=theirs, limit=9)
    assert [job.job_id for job in page] == [mine]


def test_a_page_is_a_walk_along_the_tenants_index(connection: Connection, tenant_id: UUID) -> None:
    connection.execute(
        "INSERT INTO jobs (tenant_id, options, upload_expires_at)"
        " SELECT %s, '{}', now() FROM generate_series(1, 5000)",
        [tenant_id],
    )
    connection.execute("ANALYZE jobs")
    plan = connection.execute(
        "EXPLAIN SELECT * FROM jobs WHERE tenant_id = %s AND job_id < %s"
        " ORDER BY job_id DESC LIMIT 20",
        [tenant_id, make(connection, tenant_id)],
    ).fetchall()
    assert "Index Scan Backward" in str(plan)
