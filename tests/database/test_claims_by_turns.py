"""Deliveries are claimed by turns of their tenants, whatever the statistics say of the table."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from bench.stress.statistics import Statistics
from database import deliveries, tenants
from database.connection import OPTIONS, Connection
from database.deliveries import SHARE

FLOOD = 100_000
LIMIT = 500

Tenant = Callable[[str], UUID]


@pytest.fixture
def tenant(connection: Connection) -> Tenant:
    def make(name: str) -> UUID:
        return tenants.ensure(connection, name=name, webhook_secret="whsec_c2VjcmV0")

    return make


def owe(connection: Connection, tenant_id: UUID, number: int, *, since: timedelta) -> None:
    """Gives the tenant a job with so many deliveries, due one after another since then."""
    connection.execute(
        """
        WITH job AS (
            INSERT INTO jobs (tenant_id, options, upload_expires_at)
            VALUES (%(tenant_id)s, '{}', now()) RETURNING job_id
        )
        INSERT INTO deliveries (job_id, tenant_id, event, milestone, url, body, next_attempt_at)
        SELECT job_id, %(tenant_id)s, 'job.progress', n, 'https://shop.example/hook', '{}',
               now() - %(since)s + n * interval '1 ms'
        FROM job, generate_series(1, %(number)s) AS n
        """,
        {"tenant_id": tenant_id, "number": number, "since": since},
    )


def claimed(connection: Connection, *, limit: int = LIMIT, share: int = SHARE) -> Counter[UUID]:
    due = deliveries.claim_due(connection, limit=limit, share=share)
    return Counter(each.tenant_id for each in due)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def scanned(plan: dict[str, Any]) -> float:
    """Rows that a plan has read from its tables, thrown away or not."""
    mine = 0.0
    if "Relation Name" in plan:
        removed = plan.get("Rows Removed by Filter", 0)
        mine = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return mine + sum(scanned(each) for each in plan.get("Plans", []))


def read_by_a_claim(connection: Connection) -> float:
    query = "EXPLAIN (ANALYZE, FORMAT JSON)" + deliveries.DUE
    with connection.transaction(force_rollback=True):
        [[found]] = connection.execute(query, {"limit": LIMIT, "share": SHARE}).fetchall()
    return scanned(found[0]["Plan"])


@pytest.fixture
def guarded(database_url: str) -> Iterator[Connection]:
    """As the functions connect."""
    with psycopg.connect(
        database_url, autocommit=True, options=OPTIONS, prepare_threshold=None
    ) as connection:
        yield connection


def test_beside_a_flood_a_single_delivery_is_claimed_and_no_more_read_than_taken(
    guarded: Connection, tenant: Tenant
) -> None:
    flood, quiet = tenant("flood"), tenant("quiet")
    guarded.execute("ALTER TABLE deliveries SET (autovacuum_enabled = off)")
    guarded.execute("ANALYZE")
    known = [Statistics.none(), Statistics.of(guarded)]
    owe(guarded, flood, FLOOD, since=minutes(60))
    owe(guarded, quiet, 1, since=minutes(0.001))
    guarded.execute("ANALYZE")
    fresh = Statistics.of(guarded)
    known += [fresh, fresh.believing(deliveries="failed"), *map(fresh.made_up, range(10))]
    for statistics in known:
        statistics.apply(guarded)
        assert read_by_a_claim(guarded) < 5 * SHARE
        with guarded.transaction(force_rollback=True):
            assert claimed(guarded) == {flood: SHARE, quiet: 1}
            assert claimed(guarded) == {flood: SHARE}
            assert read_by_a_claim(guarded) < 5 * SHARE  # nor what was claimed before


def test_tenants_come_by_turns(connection: Connection, tenant: Tenant) -> None:
    many, some, few = tenant("many"), tenant("some"), tenant("few")
    owe(connection, many, 9, since=minutes(9))
    owe(connection, some, 3, since=minutes(5))
    owe(connection, few, 1, since=minutes(1))
    assert claimed(connection, limit=6) == {many: 3, some: 2, few: 1}
    assert claimed(connection, limit=6) == {many: 5, some: 1}
    assert claimed(connection, limit=6) == {many: 1}
    assert claimed(connection, limit=6) == {}


def test_the_longest_due_comes_first_among_tenants_and_within_one(
    connection: Connection, tenant: Tenant
) -> None:
    late, later = tenant("late"), tenant("later")
    owe(connection, late, 3, since=minutes(1))
    owe(connection, later, 1, since=minutes(60))
    assert claimed(connection, limit=1) == {later: 1}
    [first] = deliveries.claim_due(connection, limit=1)
    assert first.tenant_id == late
    oldest = connection.execute("SELECT milestone FROM deliveries WHERE queued_until IS NOT NULL")
    assert sorted(oldest.fetchall()) == [(1,), (1,)]


def test_no_tenant_has_more_than_its_share(connection: Connection, tenant: Tenant) -> None:
    names = [tenant(f"tenant {n}") for n in range(3)]
    for name in names:
        owe(connection, name, 30, since=minutes(1))
    assert claimed(connection, share=10) == dict.fromkeys(names, 10)


def test_tenants_with_nothing_due_are_passed_over(connection: Connection, tenant: Tenant) -> None:
    waiting, due = [tenant(f"waiting {n}") for n in range(20)], tenant("due")
    for name in waiting:
        owe(connection, name, 2, since=minutes(-60))
    owe(connection, due, 2, since=minutes(1))
    assert claimed(connection) == {due: 2}
