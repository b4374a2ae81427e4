"""The one tree of answers that are errors, and the codes clients may branch on.

::

    ApiError                      status, code, title; ``detail`` is for this occurrence
    ├── MalformedRequest     400  the body cannot be read as what it says it is
    ├── Unauthorized         401  no key, or one that speaks for nobody
    ├── NotFound             404  unknown paths, ids that are no ids, other tenants' things
    │   ├── JobNotFound
    │   └── DeliveryNotFound
    ├── MethodNotAllowed     405
    ├── Conflict             409  the job is not in the state for it
    │   ├── ResultNotReady
    │   ├── FailuresNotReady
    │   ├── NotCancellable
    │   ├── NotRetryable
    │   └── NothingToRetry
    ├── BodyTooLarge         413
    ├── UnsupportedMediaType 415
    ├── InvalidRequest       422  with ``errors``, one for each field
    │   ├── EmptyFile
    │   ├── IdempotencyKeyReused
    │   └── UnreadableText
    ├── InternalError        500
    ├── DatabaseUnavailable  503
    └── StorageUnavailable   503
"""
# ruff: noqa: N818 (named as HTTP names them)

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar


class ApiErrorCode(StrEnum):
    """Stable: a client may branch on them."""

    MALFORMED_REQUEST = "malformed_request"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    JOB_NOT_FOUND = "job_not_found"
    DELIVERY_NOT_FOUND = "delivery_not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    RESULT_NOT_READY = "result_not_ready"
    FAILURES_NOT_READY = "failures_not_ready"
    NOT_CANCELLABLE = "not_cancellable"
    NOT_RETRYABLE = "not_retryable"
    NOTHING_TO_RETRY = "nothing_to_retry"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID_REQUEST = "invalid_request"
    EMPTY_FILE = "empty_file"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    UNREADABLE_TEXT = "unreadable_text"
    INTERNAL_ERROR = "internal_error"
    DATABASE_UNAVAILABLE = "database_unavailable"
    STORAGE_UNAVAILABLE = "storage_unavailable"


@dataclass(frozen=True)
class FieldError:
    """One field that is wrong; ``field`` is its name, with dots into nested ones."""

    field: str
    message: str


class ApiError(Exception):
    """Anything the API answers with an error.

    Args:
        detail: one public sentence or two on this occurrence; it reaches the client as it is.
        errors: the fields at fault, where the request has several.
        headers: to send with the answer.
    """

    status: ClassVar[HTTPStatus]
    code: ClassVar[ApiErrorCode]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class MalformedRequest(ApiError):
    status = HTTPStatus.BAD_REQUEST
    code = ApiErrorCode.MALFORMED_REQUEST
    title = "The request cannot be read"


class Unauthorized(ApiError):
    """RFC 6750, section 3: what is asked for goes into ``WWW-Authenticate``."""

    status = HTTPStatus.UNAUTHORIZED
    code = ApiErrorCode.UNAUTHORIZED
    title = "An API key is needed"

    def __init__(self, detail: str, *, rejected: bool = False) -> None:
        challenge = 'Bearer realm="darkroom"' + (', error="invalid_token"' if rejected else "")
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class NotFound(ApiError):
    status = HTTPStatus.NOT_FOUND
    code = ApiErrorCode.NOT_FOUND
    title = "There is nothing here"


class JobNotFound(NotFound):
    code = ApiErrorCode.JOB_NOT_FOUND
    title = "There is no such job"


class DeliveryNotFound(NotFound):
    code = ApiErrorCode.DELIVERY_NOT_FOUND
    title = "There is no such delivery"


class MethodNotAllowed(ApiError):
    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = ApiErrorCode.METHOD_NOT_ALLOWED
    title = "The method does not fit this path"


class Conflict(ApiError):
    status = HTTPStatus.CONFLICT


class ResultNotReady(Conflict):
    code = ApiErrorCode.RESULT_NOT_READY
    title = "The job has no result"


class FailuresNotReady(Conflict):
    code = ApiErrorCode.FAILURES_NOT_READY
    title = "The job has no file of failures"


class NotCancellable(Conflict):
    code = ApiErrorCode.NOT_CANCELLABLE
    title = "Nothing is left to cancel"


class NotRetryable(Conflict):
    code = ApiErrorCode.NOT_RETRYABLE
    title = "The job cannot be retried"


class NothingToRetry(Conflict):
    code = ApiErrorCode.NOTHING_TO_RETRY
    title = "No image is worth another try"


class BodyTooLarge(ApiError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = ApiErrorCode.BODY_TOO_LARGE
    title = "The body is too large"


class UnsupportedMediaType(ApiError):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = ApiErrorCode.UNSUPPORTED_MEDIA_TYPE
    title = "This kind of body is not taken"


class InvalidRequest(ApiError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = ApiErrorCode.INVALID_REQUEST
    title = "The request is not valid"


class EmptyFile(InvalidRequest):
    code = ApiErrorCode.EMPTY_FILE
    title = "The file is empty"


class IdempotencyKeyReused(InvalidRequest):
    code = ApiErrorCode.IDEMPOTENCY_KEY_REUSED
    title = "The Idempotency-Key belongs to another request"


class UnreadableText(InvalidRequest):
    code = ApiErrorCode.UNREADABLE_TEXT
    title = "The text is not UTF-8"


class InternalError(ApiError):
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = ApiErrorCode.INTERNAL_ERROR
    title = "Something went wrong here"

    def __init__(self) -> None:
        super().__init__("The request failed for a reason that is ours, and it has been logged.")


class DatabaseUnavailable(ApiError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = ApiErrorCode.DATABASE_UNAVAILABLE
    title = "The database is away"

    def __init__(self) -> None:
        super().__init__(
            "The database does not answer in time at the moment. Jobs under way are not lost.",
            headers={"Retry-After": "5"},
        )


class StorageUnavailable(ApiError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = ApiErrorCode.STORAGE_UNAVAILABLE
    title = "The storage is away"

    def __init__(self) -> None:
        super().__init__(
            "The storage cannot be reached at the moment. Send the request again.",
            headers={"Retry-After": "5"},
        )
