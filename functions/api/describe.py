"""What routes say about their answers in the OpenAPI document."""

from typing import Any

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from api import examples
from api.errors import ApiError, DatabaseUnavailable, Unauthorized
from api.problems import MEDIA_TYPE, ProblemDetails

PUBLIC: dict[str, Any] = {"security": []}
"""For ``openapi_extensions``: no key is needed."""


def answer(
    description: str,
    model: type[BaseModel] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> OpenAPIResponse:
    """One good answer.

    Args:
        headers: what each of its headers says.
    """
    response: OpenAPIResponse = {"description": description, "content": {}}
    if model is not None:
        response["content"] = {
            "application/json": {"model": model, "examples": examples.of_answer(model.__name__)}
        }
    if headers:
        response["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    return response


def answers(
    good: dict[int, OpenAPIResponse], *errors: type[ApiError], public: bool = False
) -> dict[int, OpenAPIResponse]:
    """The good answers, and the errors that may come instead; those of every call with a key are
    added."""
    always: list[type[ApiError]] = [] if public else [Unauthorized, DatabaseUnavailable]
    by_status: dict[int, list[type[ApiError]]] = {}
    for error in [*errors, *always]:
        by_status.setdefault(int(error.status), []).append(error)
    return good | {status: _problem(kinds) for status, kinds in by_status.items()}


def _problem(kinds: list[type[ApiError]]) -> OpenAPIResponse:
    shown: dict[str, Any] = {}
    for kind in kinds:
        shown |= examples.of_error(kind)
    return {
        "description": "; ".join(f"{kind.title} (`{kind.code}`)" for kind in kinds),
        "content": {MEDIA_TYPE: {"model": ProblemDetails, "examples": shown}},
    }
