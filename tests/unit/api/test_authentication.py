from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from api.authentication import CAPACITY, MAX_AGE, Authenticator, key_of
from api.errors import Unauthorized
from database import tenants
from database.connection import Connection, Database


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer abc"},
        {"authorization": "bEARER   abc "},
        {"x-api-key": " abc "},
        {"authorization": "Basic eDp5", "x-api-key": "abc"},
        {"authorization": "Bearer abc", "x-api-key": "other"},
    ],
    ids=[
        "Bearer",
        "Bearer in odd spelling",
        "X-API-Key",
        "beside Basic",
        "Bearer before the other",
    ],
)
def test_the_key_is_found_in_either_header(headers: dict[str, str]) -> None:
    assert key_of(headers) == "abc"


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "abc"}, {"authorization": "Bearer "}, {"x-api-key": " "}],
    ids=["no header", "no scheme", "Bearer of nothing", "blank X-API-Key"],
)
def test_without_a_key_one_is_asked_for(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized) as raised:
        key_of(headers)
    assert raised.value.headers == {"WWW-Authenticate": 'Bearer realm="darkroom"'}


def test_a_good_key_is_believed_for_a_minute(
    database: Database, connection: Connection, tenant_id: UUID
) -> None:
    tenants.add_api_key(
        connection, tenant_id=tenant_id, api_key="abc", name="test", expires_at=None
    )
    now = 0.0
    authenticator = Authenticator(database, clock=lambda: now)
    assert authenticator.tenant_of("abc") == tenant_id
    connection.execute("UPDATE api_keys SET revoked_at = now()")
    now = MAX_AGE - 1
    assert authenticator.tenant_of("abc") == tenant_id
    now = MAX_AGE
    with pytest.raises(Unauthorized):
        authenticator.tenant_of("abc")
    database.close()


def test_a_key_is_believed_no_longer_than_it_lasts(
    database: Database, connection: Connection, tenant_id: UUID
) -> None:
    expires_at = datetime.now(UTC) + timedelta(seconds=30)
    tenants.add_api_key(
        connection, tenant_id=tenant_id, api_key="abc", name="test", expires_at=expires_at
    )
    now = 0.0
    authenticator = Authenticator(database, clock=lambda: now)
    assert authenticator.tenant_of("abc") == tenant_id
    connection.execute("UPDATE api_keys SET expires_at = now()")
    now = 10.0
    assert authenticator.tenant_of("abc") == tenant_id
    now = 30.0
    with pytest.raises(Unauthorized):
        authenticator.tenant_of("abc")
    database.close()


def test_a_refused_key_is_asked_about_again(
    database: Database, connection: Connection, tenant_id: UUID
) -> None:
    authenticator = Authenticator(database)
    with pytest.raises(Unauthorized) as raised:
        authenticator.tenant_of("abc")
    assert 'error="invalid_token"' in raised.value.headers["WWW-Authenticate"]
    tenants.add_api_key(
        connection, tenant_id=tenant_id, api_key="abc", name="test", expires_at=None
    )
    assert authenticator.tenant_of("abc") == tenant_id
    database.close()


def test_the_memory_is_bounded_and_holds_no_keys(
    database: Database, connection: Connection, tenant_id: UUID
) -> None:
    connection.execute(
        "INSERT INTO api_keys (key_sha256, tenant_id, name)"
        " SELECT sha256(('key' || n)::bytea), %s, 'test' FROM generate_series(0, %s) AS n",
        [tenant_id, CAPACITY],
    )
    authenticator = Authenticator(database)
    for n in range(CAPACITY + 1):
        authenticator.tenant_of(f"key{n}")
    assert len(authenticator._known) == CAPACITY
    assert tenants.digest("key0") not in authenticator._known
    assert not any(b"key" in digest for digest in authenticator._known)
    database.close()
