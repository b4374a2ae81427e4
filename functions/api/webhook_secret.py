"""The secret that a tenant's webhooks are signed with."""

from uuid import UUID

from api.backend import Backend, tenant_of
from api.describe import answer, answers
from api.limits import BOTH_SECRETS_SIGN
from api.models import PreviousSecret, WebhookSecret
from api.resolver import Resolver
from database import tenants
from database.connection import Connection
from webhooks import signing

TAG = ["Webhooks"]


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/v1/webhook-secret`` and ``/v1/webhook-secret/rotate``."""

    @api.get(
        "/v1/webhook-secret",
        tags=TAG,
        summary="Get the webhook secret",
        description="Verify webhooks with it, by Standard Webhooks (https://www.standardwebhooks.com).",
        operation_id="getWebhookSecret",
        responses=answers({200: answer("The secret.", WebhookSecret)}),
    )
    def get_webhook_secret() -> WebhookSecret:
        with backend.database.connection() as connection:
            return _shown(connection, tenant_of(api))

    @api.post(
        "/v1/webhook-secret/rotate",
        tags=TAG,
        summary="Replace the webhook secret",
        description=(
            "For 24 hours webhooks are signed with both, the new one and `previous`: give the new "
            "one to your receivers in that time. A second rotation replaces `previous` too, so "
            "the secret before it signs no more."
        ),
        operation_id="rotateWebhookSecret",
        responses=answers({200: answer("The new secret.", WebhookSecret)}),
    )
    def rotate_webhook_secret() -> WebhookSecret:
        tenant_id = tenant_of(api)
        with backend.database.connection() as connection:
            tenants.rotate_webhook_secret(
                connection, tenant_id, secret=signing.new_secret(), overlap=BOTH_SECRETS_SIGN
            )
            return _shown(connection, tenant_id)


def _shown(connection: Connection, tenant_id: UUID) -> WebhookSecret:
    secrets = tenants.webhook_secrets(connection, tenant_id)
    previous = (
        PreviousSecret(secret=secrets.previous, expires_at=secrets.previous_expires_at)
        if secrets.previous and secrets.previous_expires_at
        else None
    )
    return WebhookSecret(secret=secrets.secret, previous=previous)
