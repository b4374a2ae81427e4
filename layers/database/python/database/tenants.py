"""Tenants, their API keys and their webhook secrets."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from database.connection import Connection


@dataclass(frozen=True)
class WebhookSecrets:
    """What a tenant's webhooks are signed with; both sign until ``previous_expires_at``."""

    secret: str
    previous: str | None
    previous_expires_at: datetime | None


@dataclass(frozen=True)
class KeyHolder:
    """Whom an API key speaks for, and for how many seconds more; None is without end."""

    tenant_id: UUID
    expires_in: float | None


def digest(api_key: str) -> bytes:
    """What is kept of an API key."""
    return hashlib.sha256(api_key.encode()).digest()


def ensure(connection: Connection, *, name: str, webhook_secret: str) -> UUID:
    """The tenant of that name, made with ``webhook_secret`` if there is none yet."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return UUID(
            str(
                cursor.execute(
                    """
                    INSERT INTO tenants (name, webhook_secret) VALUES (%(name)s, %(secret)s)
                    ON CONFLICT (name) DO UPDATE SET name = excluded.name
                    RETURNING tenant_id
                    """,
                    {"name": name, "secret": webhook_secret},
                ).fetchone()
            )
        )


def add_api_key(
    connection: Connection,
    *,
    tenant_id: UUID,
    api_key: str,
    name: str,
    expires_at: datetime | None,
) -> None:
    """Lets ``api_key`` speak for the tenant."""
    connection.execute(
        """
        INSERT INTO api_keys (key_sha256, tenant_id, name, expires_at)
        VALUES (%(digest)s, %(tenant_id)s, %(name)s, %(expires_at)s)
        """,
        {
            "digest": digest(api_key),
            "tenant_id": tenant_id,
            "name": name,
            "expires_at": expires_at,
        },
    )


def revoke_api_key(connection: Connection, api_key: str) -> int:
    """Ends a key at once; returns how many were ended, 0 or 1."""
    return connection.execute(
        "UPDATE api_keys SET revoked_at = now() WHERE key_sha256 = %s AND revoked_at IS NULL",
        [digest(api_key)],
    ).rowcount


def revoke_api_keys_named(connection: Connection, *, tenant: str, name: str) -> int:
    """Ends every key that the tenant has under that name; returns how many."""
    return connection.execute(
        """
        UPDATE api_keys SET revoked_at = now()
        FROM tenants
        WHERE tenants.tenant_id = api_keys.tenant_id AND tenants.name = %(tenant)s
          AND api_keys.name = %(name)s AND api_keys.revoked_at IS NULL
        """,
        {"tenant": tenant, "name": name},
    ).rowcount


def of_api_key(connection: Connection, api_key: str) -> KeyHolder | None:
    """Whom a key speaks for, or None: unknown, expired or revoked.

    The look-up by digest compares nothing secret byte by byte: its time tells nothing about keys.
    """
    with connection.cursor(row_factory=class_row(KeyHolder)) as cursor:
        return cursor.execute(
            """
            SELECT tenant_id, extract(epoch FROM expires_at - now())::float AS expires_in
            FROM api_keys
            WHERE key_sha256 = %s AND revoked_at IS NULL
              AND (expires_at IS NULL OR expires_at > now())
            """,
            [digest(api_key)],
        ).fetchone()


def webhook_secrets(connection: Connection, tenant_id: UUID) -> WebhookSecrets:
    """What to sign the tenant's webhooks with now."""
    with connection.cursor(row_factory=class_row(WebhookSecrets)) as cursor:
        secrets = cursor.execute(
            """
            SELECT webhook_secret AS secret,
                   CASE WHEN previous_secret_expires_at > now() THEN previous_webhook_secret END
                       AS previous,
                   CASE WHEN previous_secret_expires_at > now() THEN previous_secret_expires_at END
                       AS previous_expires_at
            FROM tenants WHERE tenant_id = %s
            """,
            [tenant_id],
        ).fetchone()
    if secrets is None:
        raise LookupError(f"no tenant {tenant_id}")
    return secrets


def rotate_webhook_secret(
    connection: Connection, tenant_id: UUID, *, secret: str, overlap: timedelta
) -> None:
    """Signs with ``secret`` from now on, and for ``overlap`` with the one before it as well."""
    connection.execute(
        """
        UPDATE tenants
        SET previous_webhook_secret = webhook_secret,
            previous_secret_expires_at = now() + %(overlap)s::interval,
            webhook_secret = %(secret)s
        WHERE tenant_id = %(tenant_id)s
        """,
        {"tenant_id": tenant_id, "secret": secret, "overlap": overlap},
    )
