from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from database import tenants
from database.connection import Connection
from database.tenants import KeyHolder, WebhookSecrets

SECRET = "whsec_" + "c2VjcmV0" * 4


def add(connection: Connection, tenant_id: UUID, key: str, expires: timedelta | None) -> None:
    expires_at = datetime.now(UTC) + expires if expires else None
    tenants.add_api_key(
        connection, tenant_id=tenant_id, api_key=key, name="test", expires_at=expires_at
    )


def test_a_tenant_is_made_once_and_keeps_its_secret(
    connection: Connection, tenant_id: UUID
) -> None:
    again = tenants.ensure(connection, name="acme", webhook_secret="whsec_other")
    assert again == tenant_id
    assert tenants.webhook_secrets(connection, tenant_id).secret == SECRET


def test_a_key_speaks_for_its_tenant_until_it_expires_or_is_revoked(
    connection: Connection, tenant_id: UUID
) -> None:
    add(connection, tenant_id, "forever", None)
    add(connection, tenant_id, "tomorrow", timedelta(days=1))
    add(connection, tenant_id, "yesterday", timedelta(days=-1))
    add(connection, tenant_id, "revoked", None)
    connection.execute(
        "UPDATE api_keys SET revoked_at = now() WHERE key_sha256 = %s",
        [tenants.digest("revoked")],
    )
    for key in ("yesterday", "revoked", "unknown", ""):
        assert tenants.of_api_key(connection, key) is None
    assert tenants.of_api_key(connection, "forever") == KeyHolder(tenant_id, None)
    holder = tenants.of_api_key(connection, "tomorrow")
    assert holder is not None
    assert holder.tenant_id == tenant_id
    assert holder.expires_in == pytest.approx(24 * 3600, abs=60)


def test_a_key_is_never_kept_and_never_shared(connection: Connection, tenant_id: UUID) -> None:
    add(connection, tenant_id, "dk_secret", None)
    [row] = connection.execute("SELECT * FROM api_keys").fetchall()
    assert "dk_secret" not in str(row)
    other = tenants.ensure(connection, name="rival", webhook_secret=SECRET)
    with pytest.raises(psycopg.errors.UniqueViolation):
        add(connection, other, "dk_secret", None)


def test_the_previous_secret_signs_until_it_expires(
    connection: Connection, tenant_id: UUID
) -> None:
    assert tenants.webhook_secrets(connection, tenant_id) == WebhookSecrets(SECRET, None, None)
    rotated = "UPDATE tenants SET previous_webhook_secret = 'old', previous_secret_expires_at = %s"
    later = datetime.now(UTC) + timedelta(hours=1)
    connection.execute(rotated, [later])
    assert tenants.webhook_secrets(connection, tenant_id) == WebhookSecrets(SECRET, "old", later)
    connection.execute(rotated, [datetime.now(UTC) - timedelta(seconds=1)])
    assert tenants.webhook_secrets(connection, tenant_id) == WebhookSecrets(SECRET, None, None)


def test_a_tenant_that_is_none_has_no_secret(connection: Connection) -> None:
    with pytest.raises(LookupError):
        tenants.webhook_secrets(connection, uuid4())
