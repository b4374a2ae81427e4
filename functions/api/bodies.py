"""The three ways a job comes in, told apart by their content type."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import ValidationError

from api import multipart
from api.errors import (
    BodyTooLarge,
    EmptyFile,
    FieldError,
    InvalidRequest,
    MalformedRequest,
    UnreadableText,
    UnsupportedMediaType,
)
from api.limits import LARGEST_BODY, TOO_LARGE
from api.models_requests import CreateJob, JobFields
from api.problems import of_fields

JSON = "application/json"
CSV = "text/csv"
FORM = "multipart/form-data"

FORM_OVERHEAD = 64 * 1024
"""Bytes that a form may have around the file."""

LARGEST_JSON = 1024 * 1024
"""Bytes. Nothing that a job can be told needs more."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Submission:
    """A job to make; ``content`` is its CSV, or None if that is sent to S3 later."""

    request: CreateJob
    content: bytes | None


def submission(event: APIGatewayProxyEventV2) -> Submission:
    """What the client asks for.

    Raises:
        ApiError: it is too large, of no known kind, unreadable, or asks for what cannot be.
    """
    content_type = event.headers.get("content-type", "")
    _check_size(event)
    _check_coding(event)
    match content_type.partition(";")[0].strip().lower():
        case "application/json":
            return _json(event)
        case "" if not event.body:  # everything about a job is optional
            return _json(event)
        case "text/csv":
            return Submission(_from_fields(_query(event)), _checked(_csv_bytes(event)))
        case "multipart/form-data":
            return _form(event, content_type)
        case _:
            raise UnsupportedMediaType(
                f"Send {JSON} for a pre-signed upload, or the CSV itself as {CSV} or {FORM}."
            )


def csv_file(event: APIGatewayProxyEventV2) -> bytes:
    """The CSV alone, for calls that make no job. It may be empty; what else a form or the query
    says is not looked at.

    Raises:
        ApiError: it is too large, of no known kind, or unreadable.
    """
    content_type = event.headers.get("content-type", "")
    _check_size(event)
    _check_coding(event)
    match content_type.partition(";")[0].strip().lower():
        case "text/csv":
            return _within_limit(_csv_bytes(event))
        case "multipart/form-data":
            return _within_limit(_file(multipart.parse(_bytes(event), content_type)).content)
        case _:
            raise UnsupportedMediaType(f"Send the CSV itself, as {CSV} or {FORM}.")


def _json(event: APIGatewayProxyEventV2) -> Submission:
    misplaced = [
        FieldError(name, "with a JSON body, this goes into the body") for name, _ in _query(event)
    ]
    if misplaced:
        raise InvalidRequest("A JSON body takes no query parameters.", errors=misplaced)
    body = _bytes(event) or b"{}"
    if len(body) > LARGEST_JSON:
        raise BodyTooLarge(
            f"A JSON body says how a job is made, in at most {LARGEST_JSON // 1024**2} MB. The CSV "
            f"itself goes as {CSV} or {FORM}."
        )
    try:
        request = CreateJob.model_validate_json(body, strict=True)
    except ValidationError as error:
        if error.errors(include_input=False, include_url=False)[0]["type"] == "json_invalid":
            raise MalformedRequest("The body is not JSON.") from None
        raise of_fields(error) from None
    return Submission(request, None)


def _form(event: APIGatewayProxyEventV2, content_type: str) -> Submission:
    parts = multipart.parse(_bytes(event), content_type)
    file = _file(parts)
    fields = _query(event)
    _from_fields(fields)  # what is wrong there is wrong, also where the form says something else
    if file.filename:  # some browsers send the whole path, RFC 7578, section 4.2
        fields.insert(0, ("filename", file.filename.replace("\\", "/").rpartition("/")[2]))
    fields += [  # browsers send what was left empty, too
        (part.name, part.content.decode("utf-8", "replace"))
        for part in parts
        if part.name != "file" and part.content
    ]
    return Submission(_from_fields(fields), _checked(file.content))


def _file(parts: Iterable[multipart.Part]) -> multipart.Part:
    files = [part for part in parts if part.name == "file"]
    if len(files) != 1:
        message = f"exactly one file is needed, there are {len(files)}"
        raise InvalidRequest(f"file: {message}.", errors=[FieldError("file", message)])
    return files[0]


def _from_fields(fields: Iterable[tuple[str, str]]) -> CreateJob:
    """Later fields override earlier ones."""
    try:
        return JobFields.model_validate(dict(fields)).as_request()
    except ValidationError as error:
        raise of_fields(error) from None


def _query(event: APIGatewayProxyEventV2) -> list[tuple[str, str]]:
    # The raw string: API Gateway's parsed one cannot tell a comma in a value from two values.
    return parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True)


def _check_size(event: APIGatewayProxyEventV2) -> None:
    length = len(event.body or "")
    if event.is_base64_encoded:
        length = length * 3 // 4
    if length > LARGEST_BODY + FORM_OVERHEAD:
        raise BodyTooLarge(TOO_LARGE)


def _check_coding(event: APIGatewayProxyEventV2) -> None:
    coding = event.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        raise UnsupportedMediaType("Compressed bodies are not taken; send the CSV as it is.")


def _checked(content: bytes) -> bytes:
    if not content:
        raise EmptyFile("file: the CSV is empty.", errors=[FieldError("file", "the CSV is empty")])
    return _within_limit(content)


def _within_limit(content: bytes) -> bytes:
    if len(content) > LARGEST_BODY:
        raise BodyTooLarge(TOO_LARGE)
    return content


def _csv_bytes(event: APIGatewayProxyEventV2) -> bytes:
    """The body, if it is what was sent: API Gateway hands ``text/*`` over as text, and what was not
    UTF-8 has been replaced by then. Better refused than stored with holes."""
    if not event.is_base64_encoded and REPLACEMENT in (event.body or ""):
        raise UnreadableText(
            f"A {CSV} body must be UTF-8. Files in UTF-16 or with U+FFFD in them can be sent as "
            f"{FORM}, or by the pre-signed way (POST /v1/jobs with a JSON body)."
        )
    return _bytes(event)


def _bytes(event: APIGatewayProxyEventV2) -> bytes:
    body = event.body or ""
    if not event.is_base64_encoded:
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise MalformedRequest("The body cannot be decoded.") from None
