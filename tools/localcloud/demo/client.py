"""The calls of the API that the demo makes, as any client would make them."""

from collections.abc import Iterator
from typing import Any

import requests

TIMEOUT = 30
Answer = dict[str, Any]


class ApiError(Exception):
    """The API answered with an error."""


class Client:
    """One tenant's view of the API."""

    def __init__(self, api_url: str, api_key: str) -> None:
        self._api_url = api_url
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy between two programs on one machine
        self._session.headers["authorization"] = f"Bearer {api_key}"

    def close(self) -> None:
        self._session.close()

    def webhook_secret(self) -> str:
        secret: str = self._json("GET", "/v1/webhook-secret")["secret"]
        return secret

    def submit(self, content: bytes, *, filename: str, webhook_url: str) -> str:
        """Creates a job and sends its CSV straight to S3, with the form that the API signed."""
        created = self._json(
            "POST", "/v1/jobs", json={"filename": filename, "webhook_url": webhook_url}
        )
        upload = created["upload"]
        sent = requests.post(
            upload["url"],
            data=upload["fields"],
            files={"file": (filename, content, "text/csv")},
            timeout=TIMEOUT,
        )
        if not sent.ok:
            raise ApiError(f"S3 refused the upload: {sent.status_code} {sent.text[:500]}")
        job_id: str = created["job_id"]
        return job_id

    def job(self, job_id: str) -> Answer:
        return self._json("GET", f"/v1/jobs/{job_id}")

    def images(self, job_id: str) -> Iterator[Answer]:
        """All images of a job, page by page."""
        cursor: str | None = None
        while True:
            parameters = {"limit": "100", **({"cursor": cursor} if cursor else {})}
            page = self._json("GET", f"/v1/jobs/{job_id}/images", params=parameters)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def deliveries(self, job_id: str) -> list[Answer]:
        items: list[Answer] = self._json("GET", f"/v1/jobs/{job_id}/deliveries")["items"]
        return items

    def download(self, job_id: str, what: str) -> bytes:
        """The CSV of a job's ``result`` or ``failures``, wherever the API redirects to."""
        answer = self._session.get(
            f"{self._api_url}/v1/jobs/{job_id}/{what}", timeout=TIMEOUT, allow_redirects=False
        )
        if answer.status_code != requests.codes.see_other:
            raise ApiError(f"No {what}: {answer.status_code} {answer.text[:500]}")
        return self.fetch(answer.headers["location"])

    def fetch(self, url: str) -> bytes:
        """A public object: without our key."""
        answer = requests.get(url, timeout=TIMEOUT)
        if not answer.ok:
            raise ApiError(f"{url} answered {answer.status_code}")
        return answer.content

    def _json(self, method: str, path: str, **arguments: Any) -> Answer:  # noqa: ANN401
        answer = self._session.request(method, self._api_url + path, timeout=TIMEOUT, **arguments)
        if not answer.ok:
            raise ApiError(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        content: Answer = answer.json()
        return content
