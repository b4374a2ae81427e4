"""The OpenAPI document and Swagger UI.

What makes them is imported when they are first asked for: it would add a tenth to every cold start.
"""
# ruff: noqa: PLC0415

import json
from functools import cache

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from api.backend import Backend
from api.describe import PUBLIC, answers
from api.resolver import Resolver

HTML = "text/html; charset=utf-8"
JSON = "application/json"

MAX_AGE = "public, max-age=300"

OPENAPI: OpenAPIResponse = {
    "description": "The OpenAPI document.",
    "content": {JSON: {"schema": {"type": "object"}}},
}


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/openapi.json`` and ``/docs``."""

    @cache
    def document() -> str:
        from api.document import openapi

        return json.dumps(
            openapi(api, api_url=backend.settings.api_url), ensure_ascii=False, indent=1
        )

    @cache
    def page() -> tuple[str, str]:
        from api import swagger

        html = swagger.page(document())
        return html, swagger.content_security_policy(html)

    @api.get(
        "/openapi.json",
        tags=["Service"],
        summary="Get this document",
        operation_id="getOpenApi",
        openapi_extensions=PUBLIC,
        compress=True,
        responses=answers({200: OPENAPI}, public=True),
    )
    def get_openapi() -> Response[str]:
        return Response(200, JSON, document(), {"Cache-Control": MAX_AGE})

    @api.get("/docs", include_in_schema=False, compress=True)
    def get_docs() -> Response[str]:
        # The page names this address as the source of its document.
        if (api.current_event.query_string_parameters or {}).get("format") == "json":
            return Response(200, JSON, document(), {"Cache-Control": MAX_AGE})
        html, policy = page()
        headers = {"Cache-Control": MAX_AGE, "Content-Security-Policy": policy}
        return Response(200, HTML, html, headers)
