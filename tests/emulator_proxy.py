"""An emulator that lacks something: another one, with a proxy before it that leaves that out."""

import http.client
import json
import re
import urllib.parse
from collections.abc import Callable, Collection

from localcloud.servers import LoopbackServer, Visit

LICENCE = (
    "The API for service {} is either not included in your current license plan or has not yet "
    "been emulated by LocalStack."
)
"""What LocalStack 2026.3.0 answers, with status 501."""

Edit = Callable[[str, str, bytes], bytes | None]
"""Of method, path and body: another body, or None to answer a request and pass nothing on."""

JSON = {"content-type": "application/json"}
PASSED_ON = ("authorization", "content-type", "host", "x-amz-target", "x-amz-date")


def unchanged(_method: str, _path: str, body: bytes) -> bytes:
    return body


class EmulatorProxy(LoopbackServer):
    """Passes requests on while it is entered.

    Args:
        emulator: address of the other one.
        without: services that it refuses, by their names in signatures: ``apigateway``.
        edit: changes bodies on their way.

    Attributes:
        without: those services; they may be others from one request to the next.
    """

    def __init__(
        self, emulator: str, *, without: Collection[str] = (), edit: Edit = unchanged
    ) -> None:
        self.without = without
        proxy = self
        behind = urllib.parse.urlsplit(emulator).netloc

        class Pass(Visit):
            def _pass(self) -> None:
                service = _service(self.headers.get("authorization", ""))
                body: bytes | None = self.body()
                if service in proxy.without:
                    said = {"__type": "InternalFailure", "message": LICENCE.format(service)}
                    self.answer(501, json.dumps(said).encode(), JSON)
                    return
                body = edit(self.command, self.path, body or b"")
                if body is None:
                    self.answer(200, b"{}", JSON)
                    return
                self._forward(body)

            def _forward(self, body: bytes) -> None:
                headers = {
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() in PASSED_ON or name.lower().startswith("x-amz-")
                }
                connection = http.client.HTTPConnection(behind, timeout=120)
                try:
                    connection.request(self.command, self.path, body, headers)
                    answer = connection.getresponse()
                    content = answer.read()
                finally:
                    connection.close()
                kept = {
                    name: value
                    for name, value in answer.getheaders()
                    if name.lower() not in ("content-length", "transfer-encoding", "connection")
                }
                self.answer(answer.status, content, kept)

            do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815 (http.server's names)

        super().__init__(Pass)


def _service(authorization: str) -> str:
    """The service that a signature is for."""
    found = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", authorization)
    return found[1] if found else ""
