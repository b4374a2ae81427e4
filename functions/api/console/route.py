"""The web console's address.

The page is put together when it is first asked for, and stays: nothing in it is about anybody.
"""
# ruff: noqa: PLC0415

from functools import cache

from aws_lambda_powertools.event_handler import Response

from api.backend import Backend
from api.docs import HTML, MAX_AGE
from api.resolver import Resolver


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/``."""

    @cache
    def policy() -> str:
        from api.console import page

        return page.content_security_policy(backend.storage.origins())

    @api.get("/", include_in_schema=False, compress=True)
    def get_console() -> Response[str]:
        from api.console import page

        headers = {"Cache-Control": MAX_AGE, "Content-Security-Policy": policy()}
        return Response(200, HTML, page.page(), headers)
