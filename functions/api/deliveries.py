"""The webhooks of a job: what was sent and what came back, and sending one again."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from api import cursors, hints
from api.backend import Backend, tenant_of
from api.describe import answer, answers
from api.errors import DeliveryNotFound, InvalidRequest, JobNotFound
from api.limits import DEFAULT_PAGE
from api.models import AttemptView, DeliveryList, DeliveryView
from api.parameters import Cursor, DeliveryId, JobId, Limit
from api.resolver import Resolver
from database import deliveries, delivery_attempts, redeliveries
from database.connection import Connection, snapshot
from database.deliveries import Delivery

TAG = ["Webhooks"]


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/v1/jobs/{job_id}/deliveries`` and ``/v1/deliveries/{delivery_id}/redeliver``."""
    _add_list(api, backend)
    _add_redeliver(api, backend)


def _add_list(api: Resolver, backend: Backend) -> None:
    @api.get(
        "/v1/jobs/<job_id>/deliveries",
        tags=TAG,
        summary="List a job's webhook deliveries",
        description="Every event of the job with each attempt to deliver it.",
        operation_id="listDeliveries",
        responses=answers(
            {200: answer("A page of deliveries.", DeliveryList)}, JobNotFound, InvalidRequest
        ),
    )
    def list_deliveries(
        job_id: JobId, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE
    ) -> DeliveryList:
        listing = f"deliveries of {job_id}"
        # A delivery must not be shown as it was before its last attempt, beside that.
        with backend.database.connection() as connection, snapshot(connection):
            backend.job(connection, job_id, tenant_id=tenant_of(api))
            after = cursors.decode_id(listing, cursor) if cursor else deliveries.FIRST
            page = deliveries.of_job(connection, job_id, after=after, limit=limit + 1)
            items = _views(connection, page[:limit])
        more = len(page) > limit
        return DeliveryList(
            items=items,
            next_cursor=cursors.encode(listing, str(page[limit - 1].delivery_id)) if more else None,
        )


def _add_redeliver(api: Resolver, backend: Backend) -> None:
    @api.post(
        "/v1/deliveries/<delivery_id>/redeliver",
        tags=TAG,
        summary="Send a webhook again",
        description=(
            "At once, whatever became of it before, and with ten tries over 75 hours like "
            "the first time. Same `webhook-id`, same body, signed afresh; attempts are numbered on."
        ),
        operation_id="redeliver",
        responses=answers({202: answer("It is being sent.", DeliveryView)}, DeliveryNotFound),
    )
    def redeliver(delivery_id: DeliveryId) -> Response[DeliveryView]:
        with backend.database.connection() as connection:
            delivery = redeliveries.begin(connection, delivery_id, tenant_id=tenant_of(api))
            if delivery is None:
                raise DeliveryNotFound("No delivery has this id.")
            hints.deliver(backend, connection, delivery.job_id)
            [view] = _views(connection, [delivery])
        return Response(202, "application/json", view)


def _views(connection: Connection, page: Sequence[Delivery]) -> list[DeliveryView]:
    made = delivery_attempts.of_deliveries(connection, [each.delivery_id for each in page])
    attempts: dict[UUID, list[AttemptView]] = {
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
    return [
        DeliveryView(
            delivery_id=each.delivery_id,
            event=each.event,
            url=each.url,
            status=each.status,
            next_attempt_at=each.next_attempt_at,
            attempts=attempts.get(each.delivery_id, []),
        )
        for each in page
    ]
