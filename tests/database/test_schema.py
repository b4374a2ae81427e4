import re
from uuid import UUID

from database import migrations
from database.connection import Connection
from pipeline.states import ACTIVE, DeliveryStatus, ImageStatus, JobStatus


def test_migrating_twice_changes_nothing(connection: Connection) -> None:
    migrations.upgrade(connection)
    version = connection.execute("SELECT version_num FROM schema_version").fetchall()
    assert version == [("0003",)]


def test_a_tenant_is_found_by_its_name(connection: Connection, tenant_id: UUID) -> None:
    assert connection.execute("SELECT tenant_id FROM tenants").fetchall() == [(tenant_id,)]


def test_every_status_of_the_code_is_one_of_the_tables(connection: Connection) -> None:
    for table, statuses in (
        ("jobs", JobStatus),
        ("images", ImageStatus),
        ("deliveries", DeliveryStatus),
    ):
        [(check,)] = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s",
            [f"{table}_status_check"],
        ).fetchall()
        assert set(re.findall(r"'(\w+)'", check)) == {each.value for each in statuses}


def test_the_indexes_of_unfinished_jobs_hold_just_these(connection: Connection) -> None:
    definitions = connection.execute(
        "SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)",
        [["jobs_active", "jobs_active_by_status"]],
    ).fetchall()
    assert len(definitions) == 2
    for (definition,) in definitions:
        assert set(re.findall(r"'(\w+)'", definition)) == {each.value for each in ACTIVE}


def test_no_index_holds_what_changes_with_every_batch(connection: Connection) -> None:
    """Only then can PostgreSQL update a job's counters in place."""
    indexed = connection.execute(
        "SELECT string_agg(indexdef, ' ') FROM pg_indexes WHERE tablename = 'jobs'"
    ).fetchone()
    assert indexed is not None
    for column in ("images_succeeded", "images_failed", "updated_at", "repaired_at", "repairs"):
        assert column not in indexed[0]
