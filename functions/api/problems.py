"""Errors as RFC 9457 problem details: every exception that leaves a route becomes one here."""

from typing import Any

import psycopg
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from api.errors import (
    ApiError,
    ApiErrorCode,
    DatabaseUnavailable,
    DeliveryNotFound,
    FieldError,
    InternalError,
    InvalidRequest,
    JobNotFound,
)

MEDIA_TYPE = "application/problem+json"

MOST_ERRORS = 20
"""Fields named in one answer."""

LONGEST_NAME = 100
"""Characters of a field's name that are repeated to the sender, who may have made it up."""

SOURCES = ("query", "body", "header", "cookie")
"""Where a field was found; Powertools puts this before the field's own name."""


class FieldProblem(BaseModel):
    """One field that is wrong."""

    field: str = Field(description="Its name, with dots into nested fields.")
    message: str


class ProblemDetails(BaseModel):
    """An error, by RFC 9457."""

    type: str = Field(description="Names the kind of error; the same as `code`, as a URI.")
    title: str = Field(description="The kind of error in words.")
    status: int = Field(description="The answer's HTTP status.")
    detail: str = Field(description="What went wrong this time.")
    code: ApiErrorCode = Field(description="Stable: branch on this.")
    errors: list[FieldProblem] | None = Field(
        default=None, description="The fields at fault, where fields are at fault."
    )


def details(error: ApiError) -> ProblemDetails:
    """What the client reads."""
    return ProblemDetails(
        type=f"urn:darkroom:problem:{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        errors=[
            FieldProblem(field=each.field[:LONGEST_NAME], message=each.message)
            for each in error.errors[:MOST_ERRORS]
        ]
        or None,
    )


def answer(error: ApiError) -> dict[str, Any]:
    """The Lambda answer, in API Gateway's payload format 2.0."""
    return {
        "statusCode": int(error.status),
        "headers": {"Content-Type": MEDIA_TYPE, **error.headers},
        "body": details(error).model_dump_json(exclude_none=True),
        "isBase64Encoded": False,
    }


def translated(error: Exception) -> ApiError:
    """The error to answer with for anything that a route raised."""
    match error:
        case ApiError():
            return error
        case RequestValidationError():
            return _of_parameters(error)
        case psycopg.OperationalError():
            return DatabaseUnavailable()
        case _:
            return InternalError()


def of_fields(error: ValidationError) -> InvalidRequest:
    """The error to answer with for a body that does not fit its model."""
    return _invalid(
        [
            FieldError(_name(each["loc"]), _message(each["msg"]))
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    )


def _of_parameters(error: RequestValidationError) -> ApiError:
    faults = error.errors()
    for fault in faults:  # an id that is no id
        match fault["loc"]:
            case ("path", "delivery_id", *_):
                return DeliveryNotFound("No delivery has this id.")
            case ("path", *_):
                return JobNotFound("No job has this id.")
    return _invalid([FieldError(_name(each["loc"]), _message(each["msg"])) for each in faults])


def _invalid(errors: list[FieldError]) -> InvalidRequest:
    first = errors[0]
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return InvalidRequest(f"{first.field}: {first.message}.{more}", errors=errors)


def _name(location: tuple[int | str, ...]) -> str:
    if location and location[0] in SOURCES:
        location = location[1:]
    return ".".join(str(step) for step in location)[:LONGEST_NAME] or "body"


def _message(message: str) -> str:
    return message.removeprefix("Value error, ")
