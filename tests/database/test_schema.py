from uuid import UUID

from database import migrations
from database.connection import Connection


def test_migrating_twice_changes_nothing(connection: Connection) -> None:
    migrations.upgrade(connection)
    version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert version == [("0001",)]


def test_a_tenant_is_found_by_its_name(connection: Connection, tenant_id: UUID) -> None:
    assert connection.execute("SELECT tenant_id FROM tenants").fetchall() == [(tenant_id,)]
