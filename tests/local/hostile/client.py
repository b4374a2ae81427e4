"""A tenant of the deployed API who sends many jobs at once and then reads what became of them."""

import csv
import http.client
import io
import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from localcloud.stack import Stack

SECONDS = 240.0
"""A bound for what hangs, far above what any of this takes on a busy machine."""

AT_ONCE = 4

csv.field_size_limit(10_000_000)  # of the whole process; the results hold what the inputs held
ENDED = {"completed", "rejected", "cancelled", "expired"}


@dataclass(frozen=True)
class Reply:
    """What the API said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Ended:
    """A job that is over, with its two files."""

    job: dict[str, Any]
    result: str
    failures: str

    @property
    def rows(self) -> list[dict[str, str]]:
        return _rows(self.result)

    @property
    def reasons(self) -> list[dict[str, str]]:
        return _rows(self.failures)


class Client:
    """Sends requests exactly as they are written: no library makes them better."""

    def __init__(self, stack: Stack) -> None:
        self.key = stack.api_key
        self._url = stack.api_url

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        keyed: bool = True,
    ) -> Reply:
        headers = {"Authorization": f"Bearer {self.key}"} | (headers or {}) if keyed else headers
        return exchange(method, self._url + path, body, headers)

    def submit(self, table: bytes, **options: str) -> str:
        """A job of a CSV in a form, the way that takes any bytes; its id."""
        query = f"?{urlencode(options)}" if options else ""
        headers, body = form(table)
        reply = self.call("POST", f"/v1/jobs{query}", body, headers)
        assert reply.status == 202, reply
        return str(reply.json["job_id"])

    def upload(self, table: bytes) -> str:
        """The same by a pre-signed form."""
        reply = self.call("POST", "/v1/jobs", b"{}", {"Content-Type": "application/json"})
        assert reply.status == 201, reply
        headers, body = form(table, **reply.json["upload"]["fields"])
        sent = exchange("POST", reply.json["upload"]["url"], body, headers)
        assert sent.status == 204, sent
        return str(reply.json["job_id"])

    def job(self, job_id: str) -> dict[str, Any]:
        found = self.call("GET", f"/v1/jobs/{job_id}").json
        counts = found["images"]
        assert counts["total"] == counts["pending"] + counts["succeeded"] + counts["failed"]
        return found

    def ended(self, job_ids: Iterable[str]) -> list[Ended]:
        """The jobs, once each of them is over."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._ended, job_ids))

    def _ended(self, job_id: str) -> Ended:
        deadline = time.monotonic() + SECONDS
        while (job := self.job(job_id))["status"] not in ENDED:
            assert time.monotonic() < deadline, job
            time.sleep(0.3)
        return Ended(job, self._file(job_id, "result"), self._file(job_id, "failures"))

    def download(self, job_id: str, what: str) -> Reply:
        """One of the job's files as S3 hands it out, or the API's word that there will be none."""
        reply = self.call("GET", f"/v1/jobs/{job_id}/{what}")
        if reply.status == 409:
            return reply
        assert reply.status == 303, reply
        file = exchange("GET", reply.headers["location"])
        assert file.status == 200, file
        return file

    def _file(self, job_id: str, what: str) -> str:
        file = self.download(job_id, what)
        return "" if file.status == 409 else file.body.decode("utf-8-sig")


def exchange(
    method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Reply:
    """One request, its path and headers as they are given."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=SECONDS)
    try:
        connection.request(method, f"/{path}", body, headers or {})
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, named, answer.read())
    finally:
        connection.close()


def form(file: bytes, **fields: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of a form whose last field is ``file``."""
    boundary = "x-0123456789-y"
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    body += f"--{boundary}\r\n".encode()
    body += b'Content-Disposition: form-data; name="file"; filename="products.csv"\r\n'
    body += b"Content-Type: text/csv\r\n\r\n" + file + f"\r\n--{boundary}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body


def _rows(file: str) -> list[dict[str, str]]:
    """Of a file of ours, whose delimiter is the one before the first column that we add."""
    delimiter = file.partition("Output Image Urls")[0][-1]
    return list(csv.DictReader(io.StringIO(file, newline=""), delimiter=delimiter))
