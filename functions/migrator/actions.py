"""What an operator or a deploy may ask for.

An event without ``action`` is a deploy's and applies the migrations. Invoked by hand::

    {"action": "create_api_key", "tenant": "acme", "name": "laptop", "expires_in_days": 90}
    {"action": "revoke_api_key", "api_key": "dk_…"}
    {"action": "revoke_api_key", "tenant": "acme", "name": "laptop"}
    {"action": "wake_job", "job_id": "01a20a25-981d-7ea6-8e1d-bfea52108785"}
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from aws_lambda_powertools import Logger
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from database import migrations, repairs, tenants
from database.connection import Connection, Database
from webhooks import signing

KEY_BYTES = 32
"""256 random bits: 43 URL-safe characters behind the prefix, and nothing to guess."""

Name = Annotated[str, Field(min_length=1, max_length=200)]


class ActionError(Exception):
    """What was asked for cannot be done; the message is for the operator."""


class Action(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class CreateApiKey(Action):
    """A key for the tenant, which is made if there is none of that name."""

    action: Literal["create_api_key"]
    tenant: Name
    name: Name
    expires_in_days: Annotated[int, Field(ge=1, le=36_500)] | None = None


class RevokeApiKey(Action):
    """A key by itself, or every key of a tenant under one name."""

    action: Literal["revoke_api_key"]
    api_key: SecretStr | None = None
    tenant: Name | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _one_way_to_tell(self) -> Self:
        named = self.tenant is not None and self.name is not None
        if (self.api_key is not None) == named or (self.tenant is None) != (self.name is None):
            raise ValueError("give either api_key, or tenant and name")
        return self


class WakeJob(Action):
    """Has the janitor look after a job that stands still, in its next round."""

    action: Literal["wake_job"]
    job_id: UUID


ACTION: TypeAdapter[CreateApiKey | RevokeApiKey | WakeJob] = TypeAdapter(
    Annotated[CreateApiKey | RevokeApiKey | WakeJob, Field(discriminator="action")]
)


def run(event: dict[str, Any], database: Database) -> dict[str, Any]:
    """Does what the event asks for.

    Returns:
        ``{"schema_version"}``, ``{"api_key", "tenant_id"}`` (the only time the key is shown),
        ``{"revoked"}``, a number of keys, or ``{"woken", "status"}``, a job and what it was doing.

    Raises:
        ActionError: the request is wrong; it says how.
    """
    if "action" not in event:
        return {"schema_version": database.run(_migrate)}
    try:
        action = ACTION.validate_python(event)
    except ValidationError as error:
        raise ActionError(_explained(error)) from None
    database.ping()  # a key must not be made twice
    with database.connection() as connection:
        if isinstance(action, CreateApiKey):
            return _create(connection, action)
        if isinstance(action, WakeJob):
            return _wake(connection, action)
        return {"revoked": _revoke(connection, action)}


def _migrate(connection: Connection) -> str:
    version = migrations.upgrade(connection)
    Logger().info("migrated", extra={"schema_version": version})
    return version


def _create(connection: Connection, action: CreateApiKey) -> dict[str, Any]:
    api_key = "dk_" + secrets.token_urlsafe(KEY_BYTES)
    expires_at = None
    if action.expires_in_days is not None:
        expires_at = datetime.now(UTC) + timedelta(days=action.expires_in_days)
    with connection.transaction():
        tenant_id = tenants.ensure(
            connection, name=action.tenant, webhook_secret=signing.new_secret()
        )
        tenants.add_api_key(
            connection,
            tenant_id=tenant_id,
            api_key=api_key,
            name=action.name,
            expires_at=expires_at,
        )
    return {"api_key": api_key, "tenant_id": str(tenant_id)}


def _revoke(connection: Connection, action: RevokeApiKey) -> int:
    if action.api_key is not None:
        revoked = tenants.revoke_api_key(connection, action.api_key.get_secret_value())
    else:
        revoked = tenants.revoke_api_keys_named(
            connection, tenant=str(action.tenant), name=str(action.name)
        )
    if not revoked:
        raise ActionError("There is no such key that is still valid.")
    return revoked


def _wake(connection: Connection, action: WakeJob) -> dict[str, Any]:
    job = repairs.wake(connection, action.job_id)
    if job is None:
        raise ActionError(f"There is no job {action.job_id} that has not ended.")
    return {"woken": str(job.job_id), "status": str(job.status)}


def _explained(error: ValidationError) -> str:
    """Each problem by its field, without what was given: that may be an API key."""
    return "; ".join(
        f"{each['loc'][-1]}: {each['msg']}" if each["loc"] else each["msg"]
        for each in error.errors(include_url=False, include_input=False)
    )
