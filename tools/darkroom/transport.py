"""HTTP requests that are sent again where that is safe and may help."""

import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from darkroom.errors import CommandError, ServiceError, Unreachable
from darkroom.words import plain

CONNECT, READ = 10, 75
"""Seconds; API Gateway gives up on its own side after 30, S3 answers once it has a whole file."""

TRIES = 4
LONGEST_PAUSE = 30.0
NOT_DONE = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""The other side says that it did nothing."""

TRANSIENT = NOT_DONE | {
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.GATEWAY_TIMEOUT,
}
S3_ERROR = re.compile(
    r"<Code>(?P<code>\w+)</Code>.*?<Message>(?P<message>[^<]*)</Message>", re.DOTALL
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Transport:
    """Keeps connections open between requests.

    Args:
        sleep: pauses between two tries, in seconds.
    """

    def __init__(self, *, sleep: Callable[[float], object] = time.sleep) -> None:
        self.sleep = sleep
        self._sessions: dict[bool, requests.Session] = {}

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
        tries: int = TRIES,
        **more: Any,  # noqa: ANN401 (what requests takes)
    ) -> requests.Response:
        """The answer, if it is no error; redirects are the caller's.

        Args:
            repeatable: sent twice, the request does what it does once.

        Raises:
            ServiceError: the answer is an error, at the last try or for good.
            Unreachable: there was no answer.
        """
        for attempt in range(1, tries + 1):
            try:
                return self._once(method, url, headers or {}, more)
            except (ServiceError, Unreachable) as error:
                if attempt == tries or not worth_another(error, repeatable=repeatable):
                    raise
                self.sleep(pause(attempt, error))
        raise AssertionError("unreachable")  # pragma: no cover (the last try returns or raises)

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], more: Mapping[str, Any]
    ) -> requests.Response:
        try:
            answer = self._session(url).request(
                method,
                url,
                headers=dict(headers),
                auth=_as_it_is,
                timeout=(CONNECT, READ),
                allow_redirects=False,
                **more,
            )
        except requests.RequestException as error:
            raise unreachable(url, error) from error
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            raise service_error(answer)
        return answer

    def _session(self, url: str) -> requests.Session:
        """Two programs on one machine need no proxy between them."""
        local = urlsplit(url).hostname in LOOPBACK
        if local not in self._sessions:
            session = self._sessions[local] = requests.Session()
            session.trust_env = not local
            session.headers["User-Agent"] = "darkroom-cli"
        return self._sessions[local]


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Else requests puts what ~/.netrc has for the host in the place of our key."""
    return request


def is_transient(error: CommandError) -> bool:
    """Whether the same question may be answered a little later."""
    return isinstance(error, Unreachable) or (
        isinstance(error, ServiceError) and error.status in TRANSIENT
    )


def worth_another(error: CommandError, *, repeatable: bool) -> bool:
    """Whether to send the request again: where it cannot be done twice, or was not done at all."""
    if repeatable:
        return is_transient(error)
    return (isinstance(error, Unreachable) and not error.sent) or (
        isinstance(error, ServiceError) and error.status in NOT_DONE
    )


def pause(attempt: int, error: CommandError) -> float:
    """Seconds before the next try: what the other side asked for, else twice as long each time."""
    asked = error.retry_after if isinstance(error, ServiceError) else None
    return min(LONGEST_PAUSE, asked if asked is not None else 0.5 * 2 ** (attempt - 1))


def retry_after(answer: requests.Response) -> float | None:
    """The seconds of a ``Retry-After``; its other form, a date, is not taken."""
    value = answer.headers.get("Retry-After", "").strip()
    return float(value) if value.isascii() and value.isdigit() else None


def service_error(answer: requests.Response) -> ServiceError:
    """What an error answer says, in one sentence and a line for each field at fault."""
    problem: dict[str, Any] = {}
    if "json" in answer.headers.get("Content-Type", ""):
        try:
            found = answer.json()
        except requests.RequestException:
            found = None
        problem = found if isinstance(found, dict) else {}
    detail = problem.get("detail") or problem.get("message")
    if detail is None:
        place = urlsplit(answer.url).netloc
        detail = f"{place} answered {answer.status_code} {answer.reason or ''}".rstrip() + "."
        if found := S3_ERROR.search(answer.text):
            detail = f"{detail[:-1]} ({found['code']}: {found['message']})."
    lines = [plain(detail)]
    faults = problem.get("errors") or []
    if len(faults) > 1:  # a single one is in the sentence already
        lines += [f"  {plain(each.get('field'))}: {plain(each.get('message'))}" for each in faults]
    return ServiceError(
        "\n".join(lines),
        status=answer.status_code,
        problem=problem,
        retry_after=retry_after(answer),
    )


def unreachable(url: str, error: requests.RequestException) -> Unreachable:
    """Why there was no answer, for a person."""
    chain = list(_causes(error))
    place = urlsplit(url).netloc
    sent = not any(isinstance(each, NewConnectionError | ConnectTimeoutError) for each in chain)
    if isinstance(error, requests.Timeout):
        return Unreachable(f"{place} did not answer in time.", sent=sent)
    reasons = [each.strerror for each in chain if isinstance(each, OSError) and each.strerror]
    reason = reasons[0] if reasons else _last_words(chain[-1])
    return Unreachable(f"{place} cannot be reached: {reason}.", sent=sent)


def _causes(error: BaseException) -> "list[BaseException]":
    """The exception and what it was made from, outermost first."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        each = queue.pop(0)
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            reason = getattr(each, "reason", None) if isinstance(each, HTTPError) else None
            queue += [reason, each.__cause__, each.__context__, *each.args]
    return found


def _last_words(error: BaseException) -> str:
    return str(error).rpartition(": ")[2].strip("()'\". ") or type(error).__name__
