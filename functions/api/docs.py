"""The OpenAPI document and Swagger UI, which needs nothing from other hosts."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi import swagger_ui
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from api.backend import Backend
from api.describe import PUBLIC, answers
from api.document import openapi
from api.resolver import Resolver

HTML = "text/html; charset=utf-8"
JSON = "application/json"

ASSETS = Path(swagger_ui.__file__).parent

MAX_AGE = "public, max-age=300"

OPENAPI: OpenAPIResponse = {
    "description": "The OpenAPI document.",
    "content": {JSON: {"schema": {"type": "object"}}},
}


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/openapi.json`` and ``/docs``."""

    @cache
    def document() -> str:
        return json.dumps(
            openapi(api, api_url=backend.settings.api_url), ensure_ascii=False, indent=1
        )

    @cache
    def page() -> tuple[str, str]:
        html = swagger_page(document())
        return html, content_security_policy(html)

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


def swagger_page(document: str) -> str:
    """Swagger UI with its scripts, its styles and the document inside."""
    html = swagger_ui.generate_swagger_html(
        document.replace("</", "<\\/"),  # must not end the script that it stands in
        (ASSETS / "swagger-ui-bundle.min.js").read_text("utf-8"),
        (ASSETS / "swagger-ui.min.css").read_text("utf-8"),
        "",
        None,
        persist_authorization=False,
    )
    return html.replace("<title>Swagger UI</title>", "<title>Darkroom API</title>", 1)


def content_security_policy(html: str) -> str:
    """Allows the page's own scripts by their digests, styles, and requests to its own host: nothing
    that a description or an answer smuggles in can run, and nothing is fetched from elsewhere."""
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digests = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'"
        for each in scripts
    )
    return (
        f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; "
        "img-src 'self' data:; font-src data:; connect-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
