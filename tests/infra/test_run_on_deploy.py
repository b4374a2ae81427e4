"""CloudFormation's side of the migrator, against a server that takes the answer."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest

from infra import run_on_deploy


@dataclass
class Aws:
    """The two services it asks. ``refusal`` is what the function says when it fails."""

    status: str = "UPDATE_IN_PROGRESS"
    refusal: str = ""
    invoked: list[str] = field(default_factory=list)

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        return {"Stacks": [{"StackStatus": self.status}]}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert Payload == b"{}"
        self.invoked.append(FunctionName)
        failed = {"FunctionError": "Unhandled"} if self.refusal else {}
        return {"Payload": BytesIO(self.refusal.encode()), **failed}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    fake = Aws()
    monkeypatch.setattr("boto3.client", lambda *_, **__: fake)
    monkeypatch.setenv("FUNCTION", "the-migrator")
    return fake


@pytest.fixture
def answers() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Where to answer, and what has been answered there."""
    got: list[dict[str, Any]] = []

    class Taker(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/answer", got
        server.shutdown()


def request(kind: str, url: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": "arn:stack",
        "RequestId": "1",
        "LogicalResourceId": "Run",
    }


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_it_runs_the_function_and_tells_cloudformation(
    aws: Aws, answers: tuple[str, list[dict[str, Any]]], kind: str
) -> None:
    url, got = answers
    run_on_deploy.handler(request(kind, url), None)
    assert aws.invoked == ["the-migrator"]
    assert got[0]["Status"] == "SUCCESS"
    assert got[0]["StackId"] == "arn:stack"


def test_it_fails_the_deploy_with_what_the_function_said(
    aws: Aws, answers: tuple[str, list[dict[str, Any]]]
) -> None:
    url, got = answers
    aws.refusal = '{"errorMessage": "column exists"}'
    run_on_deploy.handler(request("Update", url), None)
    assert got[0]["Status"] == "FAILED"
    assert "column exists" in got[0]["Reason"]


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_it_lets_a_failed_deploy_roll_back(
    aws: Aws, answers: tuple[str, list[dict[str, Any]]], status: str
) -> None:
    url, got = answers
    aws.status = status
    run_on_deploy.handler(request("Update", url), None)
    assert aws.invoked == []
    assert got[0]["Status"] == "SUCCESS"


def test_it_does_nothing_when_the_stack_goes(
    aws: Aws, answers: tuple[str, list[dict[str, Any]]]
) -> None:
    url, got = answers
    run_on_deploy.handler(request("Delete", url), None)
    assert aws.invoked == []
    assert got[0]["Status"] == "SUCCESS"
