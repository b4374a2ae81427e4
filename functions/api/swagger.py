"""Swagger UI as one page that needs nothing from other hosts."""

import base64
import hashlib
import re
from pathlib import Path

from aws_lambda_powertools.event_handler.openapi import swagger_ui

ASSETS = Path(swagger_ui.__file__).parent


def page(document: str) -> str:
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
