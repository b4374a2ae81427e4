"""The outermost boundary: who asks, what they get, and what is written down about it."""

import time
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext

from api import (
    actions,
    deliveries,
    docs,
    downloads,
    health,
    images,
    jobs,
    problems,
    validate,
    webhook_secret,
)
from api.authentication import key_of
from api.backend import Backend
from api.console import route as console
from api.resolver import Resolver

KEYED = "/v1/"
"""Paths that need an API key begin like this."""

PARTS = (
    jobs,
    validate,
    images,
    downloads,
    actions,
    deliveries,
    webhook_secret,
    health,
    docs,
    console,
)
"""Modules that add routes, in the order in which the documentation shows them."""

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""On every answer that does not say otherwise."""


class Application:
    """Answers API Gateway's events (HTTP API, payload format 2.0)."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._api = Resolver()
        for part in PARTS:
            part.add_routes(self._api, backend)

    def answer(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """The answer to one request; never raises."""
        started = time.perf_counter()
        logger = self._backend.logger
        logger.clear_state()
        logger.append_keys(request_id=event["requestContext"]["requestId"])
        try:
            self._authenticate(APIGatewayProxyEventV2(event))
            answer = self._api.resolve(event, context)
        except Exception as exception:  # noqa: BLE001 (the boundary: reported and answered)
            answer = self._problem(exception)
        answer["headers"] = SECURITY_HEADERS | answer.get("headers", {})
        answer["body"] = answer.get("body") or ""
        logger.info(
            "request",
            method=event["requestContext"]["http"]["method"],
            route=self._api.rule_of(event["rawPath"]) or "none",
            status=answer["statusCode"],
            milliseconds=round((time.perf_counter() - started) * 1000),
        )
        return answer

    def _authenticate(self, event: APIGatewayProxyEventV2) -> None:
        if not event.path.startswith(KEYED):
            return
        key = key_of(event.headers)
        self._backend.database.ping()
        tenant_id = self._backend.authenticator.tenant_of(key)
        self._backend.logger.append_keys(tenant_id=str(tenant_id))
        self._api.context["tenant_id"] = tenant_id

    def _problem(self, exception: Exception) -> dict[str, Any]:
        error = problems.translated(exception)
        if error is not exception and error.status >= 500:
            self._backend.logger.exception("request failed", exc_info=exception)
        return problems.answer(error)
