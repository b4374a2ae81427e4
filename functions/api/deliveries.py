"""The webhooks of a job: what was sent, what came back, and the secret they are signed with."""

from itertools import groupby
from operator import attrgetter

from api.backend import Backend, tenant_of
from api.describe import answer, answers
from api.errors import JobNotFound
from api.models import AttemptView, DeliveryList, DeliveryView, PreviousSecret, WebhookSecret
from api.parameters import JobId
from api.resolver import Resolver
from database import deliveries, tenants

TAG = ["Webhooks"]


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/v1/jobs/{job_id}/deliveries`` and ``/v1/webhook-secret``."""
    _add_list(api, backend)
    _add_secret(api, backend)


def _add_list(api: Resolver, backend: Backend) -> None:
    @api.get(
        "/v1/jobs/<job_id>/deliveries",
        tags=TAG,
        summary="List a job's webhook deliveries",
        description="Every event of the job with each attempt to deliver it. Always one page.",
        operation_id="listDeliveries",
        responses=answers({200: answer("The deliveries.", DeliveryList)}, JobNotFound),
    )
    def list_deliveries(job_id: JobId) -> DeliveryList:
        with backend.database.connection() as connection:
            backend.job(connection, job_id, tenant_id=tenant_of(api))
            opened = deliveries.of_job(connection, job_id)
            made = deliveries.attempts(connection, [each.delivery_id for each in opened])
        attempts = {
            delivery_id: [
                AttemptView(
                    at=each.at,
                    status_code=each.status_code,
                    error=each.error,
                    milliseconds=each.milliseconds,
                )
                for each in group
            ]
            for delivery_id, group in groupby(made, key=attrgetter("delivery_id"))
        }
        items = [
            DeliveryView(
                delivery_id=each.delivery_id,
                event=each.event,
                url=each.url,
                status=each.status,
                next_attempt_at=each.next_attempt_at,
                attempts=attempts.get(each.delivery_id, []),
            )
            for each in opened
        ]
        return DeliveryList(items=items, next_cursor=None)


def _add_secret(api: Resolver, backend: Backend) -> None:
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
            secrets = tenants.webhook_secrets(connection, tenant_of(api))
        previous = (
            PreviousSecret(secret=secrets.previous, expires_at=secrets.previous_expires_at)
            if secrets.previous and secrets.previous_expires_at
            else None
        )
        return WebhookSecret(secret=secrets.secret, previous=previous)
