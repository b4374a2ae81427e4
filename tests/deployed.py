"""A client of the deployed API, as tests want one: it looks at every answer."""

import time
from collections.abc import Callable
from typing import Any

import requests

from localcloud.stack import Stack

PATIENCE = 300.0
"""Seconds for what a stack does in the background. Only a test that fails takes so long."""

ENDED = {"completed", "rejected", "cancelled", "expired"}

Answer = dict[str, Any]


class Api:
    """One tenant's view of the deployed API."""

    def __init__(self, stack: Stack, *, verify: str | bool = True) -> None:
        """
        Args:
            verify: the certificate to trust, where it is not a public one.
        """
        self._url = stack.api_url
        self._verify = verify
        self._headers = {"authorization": f"Bearer {stack.api_key}"}

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = self._headers | more.pop("headers", {})
        return requests.request(
            method,
            self._url + path,
            headers=headers,
            timeout=60,
            allow_redirects=False,
            verify=self._verify,
            **more,
        )

    def submit(self, table: bytes, **query: str) -> str:
        headers = {"content-type": "text/csv"}
        answer = self.call("POST", "/v1/jobs", data=table, headers=headers, params=query)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def job(self, job_id: str) -> Answer:
        found: Answer = self.call("GET", f"/v1/jobs/{job_id}").json()
        counts = found["images"]
        assert counts["total"] == counts["pending"] + counts["succeeded"] + counts["failed"]
        return found

    def until(self, job_id: str, reached: Callable[[Answer], bool]) -> Answer:
        deadline = time.monotonic() + PATIENCE
        while not reached(found := self.job(job_id)):
            assert time.monotonic() < deadline, found
            time.sleep(0.3)
        return found

    def download(self, job_id: str, what: str) -> str:
        answer = self.call("GET", f"/v1/jobs/{job_id}/{what}")
        assert answer.status_code == 303, answer.text
        location = answer.headers["location"]
        return requests.get(location, timeout=60, verify=self._verify).content.decode()

    def deliveries(self, job_id: str) -> list[Answer]:
        items: list[Answer] = self.call("GET", f"/v1/jobs/{job_id}/deliveries").json()["items"]
        return items


def ended(job: Answer) -> bool:
    return job["status"] in ENDED
