"""What went wrong in an exchange, as one of the errors that every stage speaks.

The one place where exceptions of requests, urllib3, http.client and sockets are named.
"""

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import urllib3

from pipeline.errors import DarkroomError, ImageError, ImageErrorCode, TransientError

_REFUSALS = frozenset({401, 402, 403, 407, 451})
_ABSENCES = frozenset({404, 410})


def refusal(status: int, retry_after: float | None) -> DarkroomError:
    """The error that a status other than success stands for.

    Absent and forbidden are final, and so is any other 4xx: the same request will be refused again,
    which is nearest to forbidden. A server's own trouble (5xx), its impatience (408) and its
    limits (425, 429) pass.
    """
    said = f"The server answered {status} {http.client.responses.get(status, '')}".rstrip() + "."
    if status in _ABSENCES:
        return ImageError(ImageErrorCode.NOT_FOUND, said)
    if status == 429:
        return TransientError(ImageErrorCode.RATE_LIMITED, said, retry_after=retry_after)
    if status == 408:
        return TransientError(ImageErrorCode.TIMEOUT, said, retry_after=retry_after)
    if status == 425 or status >= 500:
        return TransientError(ImageErrorCode.UNREACHABLE, said, retry_after=retry_after)
    if status in _REFUSALS or status >= 400:
        return ImageError(ImageErrorCode.FORBIDDEN, said)
    return ImageError(ImageErrorCode.UNREACHABLE, f"{said} That is no answer to a download.")


@contextmanager
def translated() -> Iterator[None]:
    """Turns whatever the libraries raise inside the block into our errors.

    Raises:
        ImageError: the URL or the server's certificate is wrong, and will stay so.
        TransientError: no answer in time, a refused or broken connection, half an answer.
    """
    try:
        yield
    except DarkroomError:
        raise
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as error:
        raise ImageError(ImageErrorCode.INVALID_URL, "The URL is not valid.") from error
    except (requests.exceptions.InvalidSchema, UnicodeError) as error:
        raise ImageError(ImageErrorCode.INVALID_URL, "The URL is not valid.") from error
    except (
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        OSError,
    ) as error:
        raise _of(error) from error


def is_stale(error: BaseException) -> bool:
    """Whether the server had closed a kept connection just as we used it again: nothing was
    answered, so asking again at once on a fresh connection is harmless."""
    return any(
        isinstance(cause, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError)
        for cause in _causes(error)
    )


def _of(error: BaseException) -> DarkroomError:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return ImageError(
            ImageErrorCode.UNREACHABLE, "The server's certificate is not valid for its name."
        )
    if any(isinstance(cause, TimeoutError | urllib3.exceptions.TimeoutError) for cause in causes):
        return TransientError(ImageErrorCode.TIMEOUT, "The server did not answer in time.")
    if any(isinstance(cause, ssl.SSLError | urllib3.exceptions.SSLError) for cause in causes):
        return TransientError(ImageErrorCode.UNREACHABLE, "A secure connection could not be made.")
    if any(
        isinstance(cause, http.client.IncompleteRead | urllib3.exceptions.IncompleteRead)
        for cause in causes
    ):
        return TransientError(
            ImageErrorCode.UNREACHABLE, "The server sent only a part of the answer."
        )
    if any(isinstance(cause, urllib3.exceptions.DecodeError) for cause in causes):
        return TransientError(ImageErrorCode.UNREACHABLE, "The answer's compression is broken.")
    return TransientError(ImageErrorCode.UNREACHABLE, "The connection to the server broke.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it wraps: libraries chain by ``__cause__``, by ``__context__``, by
    ``reason`` and by their first argument."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
