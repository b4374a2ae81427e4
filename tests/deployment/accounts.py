"""Accounts whose answers a test writes down, where no emulator has them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.stub import Stubber

from deployment.account import Account
from deployment.deployed import Deployed
from deployment.preflight.findings import Case, Check, Finding, Level
from deployment.preflight.running import run
from deployment.request import Request
from tests.cloud import ROOT

SESSION = boto3.Session("testing", "testing", region_name="us-east-1")
"""One for all tests, since it reads each service's model once, which takes longer than a test."""


class Say:
    """Hears the lines of a report."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Scripted(Account):
    """Answers each call of a service with the next of the answers for it, checked against the
    service's model; every other service asks whoever plays AWS."""

    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str, *, region: str | None = None) -> Any:
        return self.clients.get(service) or super().client(service, region=region)


def scripted(**services: Sequence[tuple[str, dict[str, Any] | str]]) -> Scripted:
    """An account with answers by service: ``(operation, answer)``, or ``(operation, error code)``.

    A dash in a service's name is written as an underscore.
    """
    account = Scripted(SESSION, number="123456789012", who="tests", region="us-east-1", poll=0.0)
    for name, answers in services.items():
        service = name.rstrip("_").replace("_", "-")
        session: Any = SESSION
        client = session.client(service, region_name="us-east-1")
        stubber = Stubber(client)
        for operation, answer in answers:
            if isinstance(answer, str):
                code, _, message = answer.partition(": ")
                stubber.add_client_error(operation, code, message)
            else:
                stubber.add_response(operation, answer)
        stubber.activate()
        account.clients[service] = client
    return account


def case_of(
    account: Account,
    *,
    stage: str = "dev",
    deployed: Deployed | None = None,
    approve: str = "",
    interactive: bool = False,
    given: dict[str, str] | None = None,
    **context: str,
) -> Case:
    return Case(
        root=ROOT,
        account=account,
        request=Request(stage=stage, given=given or {}, approve=approve),
        deployed=deployed,
        context={"stage": stage, **context},
        interactive=interactive,
    )


def only(check: Check, case: Case) -> Finding:
    """The one finding of a check, as it is shown."""
    [finding], _ = run([check], case)
    assert finding.text.endswith("."), finding.text
    return finding


def level_and_text(check: Check, case: Case) -> tuple[Level, str]:
    finding = only(check, case)
    return finding.level, finding.text
