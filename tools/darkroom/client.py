"""The calls of the API, as Python."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from darkroom.errors import ServiceError
from darkroom.target import Target
from darkroom.transport import TRIES, Transport, retry_after, unreachable
from darkroom.words import Answer

PAGE = 500
"""Items asked for at once; the API gives up to 1,000."""

PIECE = 64 * 1024


@dataclass(frozen=True)
class Look:
    """One look at a job.

    ``job`` is None if nothing has changed since the answer with the ETag that was shown.
    ``wait`` are the seconds that the API asks for before the next look.
    """

    job: Answer | None
    etag: str | None
    wait: float | None


class Client:
    """One tenant's view of the API."""

    def __init__(self, target: Target, transport: Transport) -> None:
        self._target = target
        self.transport = transport

    def create(self, request: Answer, *, key: str) -> Answer:
        """A job that waits for its CSV, and the form to send it with; ``upload`` is null if a
        request with the same key brought the CSV before."""
        return self._json("POST", "/v1/jobs", json=request, headers={"Idempotency-Key": key})

    def job(self, job_id: str) -> Answer:
        return self._json("GET", f"/v1/jobs/{_segment(job_id)}")

    def look(self, job_id: str, etag: str | None) -> Look:
        """Asks once: whoever watches decides what to do about a failure."""
        headers = {"If-None-Match": etag} if etag else {}
        answer = self._send("GET", f"/v1/jobs/{_segment(job_id)}", headers=headers, tries=1)
        unchanged = answer.status_code == requests.codes.not_modified and etag is not None
        return Look(
            None if unchanged else _content(answer),
            etag if unchanged else answer.headers.get("ETag"),
            retry_after(answer),
        )

    def cancel(self, job_id: str) -> Answer:
        return self._json("POST", f"/v1/jobs/{_segment(job_id)}/cancel")

    def retry(self, job_id: str) -> Answer:
        return self._json("POST", f"/v1/jobs/{_segment(job_id)}/retry", repeatable=False)

    def redeliver(self, delivery_id: str) -> Answer:
        path = f"/v1/deliveries/{_segment(delivery_id)}/redeliver"
        return self._json("POST", path, repeatable=False)

    def webhook_secret(self) -> Answer:
        return self._json("GET", "/v1/webhook-secret")

    def validate(self, content: bytes, filename: str) -> Answer:
        """As a form: it carries any encoding, a ``text/csv`` body only UTF-8."""
        return self._json("POST", "/v1/validate", files={"file": (filename, content, "text/csv")})

    def jobs(self, *, limit: int, cursor: str | None, status: str | None) -> Iterator[Answer]:
        """Pages of ``{items, next_cursor}``, newest job first."""
        return self._pages("/v1/jobs", limit, cursor, {"status": status})

    def images(
        self, job_id: str, *, limit: int | None, cursor: str | None, status: str | None
    ) -> Iterator[Answer]:
        path = f"/v1/jobs/{_segment(job_id)}/images"
        return self._pages(path, limit, cursor, {"status": status})

    def deliveries(self, job_id: str, *, limit: int | None, cursor: str | None) -> Iterator[Answer]:
        return self._pages(f"/v1/jobs/{_segment(job_id)}/deliveries", limit, cursor, {})

    @contextmanager
    def download(self, job_id: str, what: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a job's ``result`` or ``failures`` as they come, from wherever the API
        redirects to, without our key.

        Raises:
            Unreachable: the connection broke, also while the bytes are read.
        """
        path = f"/v1/jobs/{_segment(job_id)}/{what}"
        redirect = self._send("GET", path)
        url = redirect.headers.get("Location")
        if url is None:
            raise _not_darkroom(redirect)
        with self.transport.send("GET", url, stream=True) as answer:
            yield _pieces(answer)

    def _pages(
        self, path: str, limit: int | None, cursor: str | None, query: Mapping[str, str | None]
    ) -> Iterator[Answer]:
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = self._json("GET", path, params={"limit": size, "cursor": cursor, **query})
            yield page
            cursor = page["next_cursor"]
            if cursor is None:
                return
            left = None if left is None else left - len(page["items"])

    def _json(self, method: str, path: str, **more: Any) -> Answer:  # noqa: ANN401 (as Transport)
        return _content(self._send(method, path, **more))

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
        tries: int = TRIES,
        **more: Any,  # noqa: ANN401 (as Transport)
    ) -> requests.Response:
        return self.transport.send(
            method,
            self._target.api_url + path,
            headers={"Authorization": f"Bearer {self._target.api_key}", **(headers or {})},
            repeatable=repeatable,
            tries=tries,
            **more,
        )


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_content(PIECE)
    except requests.RequestException as error:
        raise unreachable(answer.url, error) from error


def _content(answer: requests.Response) -> Answer:
    try:
        content = answer.json()
    except requests.RequestException:
        content = None
    if not isinstance(content, dict):
        raise _not_darkroom(answer)
    return content


def _not_darkroom(answer: requests.Response) -> ServiceError:
    return ServiceError(
        f"{answer.url} did not answer as Darkroom does; is the address right?",
        status=answer.status_code,
    )


def _segment(text: str) -> str:
    return quote(text, safe="")
