"""The campaign's own client of the API: patient, as clients are told to be."""

import time
from collections.abc import Iterator
from typing import Any

import requests

PATIENCE = 90.0
"""Seconds of errors until an API counts as gone."""

PAUSE = 0.5
AGAIN = {429, 500, 502, 503, 504}
Answer = dict[str, Any]


class ApiGoneError(Exception):
    """The API kept failing, or answered what no repetition will mend."""


class Client:
    """One tenant's view of the API. Repeats what failed on the server's side."""

    def __init__(self, api_url: str, api_key: str) -> None:
        self.failed = 0
        """Requests that failed on the server's side, and were repeated."""
        self._api_url = api_url
        self._session, self._public = requests.Session(), requests.Session()
        for session in (self._session, self._public):
            session.trust_env = False  # no proxy between two programs on one machine
        self._session.headers["authorization"] = f"Bearer {api_key}"

    def webhook_secret(self) -> str:
        secret: str = self._call("GET", "/v1/webhook-secret").json()["secret"]
        return secret

    def submit(
        self, content: bytes, *, key: str, webhook_url: str | None, store: str = "s3"
    ) -> str:
        """Creates one job, however often it takes."""
        answer = self._call(
            "POST",
            "/v1/jobs",
            data=content,
            params={"store": store} | ({"webhook_url": webhook_url} if webhook_url else {}),
            headers={"content-type": "text/csv", "idempotency-key": key},
        )
        job_id: str = answer.json()["job_id"]
        return job_id

    def job(self, job_id: str) -> Answer:
        answer: Answer = self._call("GET", f"/v1/jobs/{job_id}").json()
        return answer

    def images(self, job_id: str) -> Iterator[Answer]:
        """All images of a job, page by page."""
        yield from self._pages(f"/v1/jobs/{job_id}/images")

    def deliveries(self, job_id: str) -> Iterator[Answer]:
        """All deliveries of a job, page by page."""
        yield from self._pages(f"/v1/jobs/{job_id}/deliveries")

    def result(self, job_id: str) -> bytes:
        """The result CSV."""
        path = f"/v1/jobs/{job_id}/result"
        return self.fetch(self._call("GET", path, allow_redirects=False).headers["location"])

    def fetch(self, url: str) -> bytes:
        """A public or pre-signed object: without our key."""
        return self._patiently("GET", url, self._public).content

    def _pages(self, path: str) -> Iterator[Answer]:
        cursor: str | None = None
        while True:
            parameters = {"limit": "1000", **({"cursor": cursor} if cursor else {})}
            page = self._call("GET", path, params=parameters).json()
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _call(self, method: str, path: str, **arguments: Any) -> requests.Response:  # noqa: ANN401
        return self._patiently(method, self._api_url + path, self._session, **arguments)

    def _patiently(
        self,
        method: str,
        url: str,
        session: requests.Session,
        **arguments: Any,  # noqa: ANN401
    ) -> requests.Response:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = session.request(method, url, timeout=40, **arguments)
            except requests.RequestException as error:
                trouble = str(error)
            else:
                if answer.status_code < 400:
                    return answer
                trouble = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code not in AGAIN:
                    raise ApiGoneError(f"{method} {url}: {trouble}")
            if time.monotonic() > deadline:
                raise ApiGoneError(f"{method} {url}: {trouble}")
            self.failed += 1
            time.sleep(PAUSE)
