"""Powertools' resolver, which also knows which methods a path has."""

import re
from collections.abc import Callable
from typing import Any, NoReturn

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from api.errors import MethodNotAllowed, NotFound


class Resolver(APIGatewayHttpResolver):
    """Routes requests. Whatever goes wrong leaves ``resolve`` as an exception, so that the errors
    of routes, of validation and of authentication are answered in one place."""

    def __init__(self) -> None:
        # An answer that does not fit its own model is our mistake, not the client's.
        super().__init__(enable_validation=True, response_validation_error_http_code=500)
        self._methods: dict[str, set[str]] = {}
        self.exception_handler(Exception)(_pass_on)
        self.not_found(self._no_route)

    def route(  # every argument goes on to Powertools as it is
        self,
        rule: str,
        method: str | list[str] | tuple[str],
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Callable[..., Any]:
        methods = [method] if isinstance(method, str) else method
        self._methods.setdefault(rule, set()).update(each.upper() for each in methods)
        return super().route(rule, method, *args, **kwargs)

    def rule_of(self, path: str) -> str | None:
        """The rule that a path matches, whatever the method."""
        return next((rule for rule in self._methods if _pattern(rule).fullmatch(path)), None)

    def _no_route(self, _: NotFoundError) -> NoReturn:
        rule = self.rule_of(self.current_event.path)
        methods = self._methods[rule] if rule else set()
        # Powertools' own patterns leave out some characters that no id has.
        if not methods or self.current_event.http_method in methods:
            raise NotFound("There is nothing at this path; GET /docs shows what there is.")
        allowed = ", ".join(sorted(methods))
        raise MethodNotAllowed(f"This path takes {allowed}.", headers={"Allow": allowed})


def _pass_on(error: Exception) -> NoReturn:
    raise error


def _pattern(rule: str) -> re.Pattern[str]:
    """``/v1/jobs/<job_id>`` as a regular expression; ``re`` caches what it has compiled."""
    return re.compile(re.sub(r"<\w+>", "[^/]+", rule))
