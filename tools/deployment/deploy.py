"""``make deploy``: looks, clears a failed first try away, deploys, and says what is next."""

import sys
from collections.abc import Sequence
from pathlib import Path

from deployment import cdk, clearing, deployed, failures, summary
from deployment.account import Account
from deployment.deployed import Deployed, Standing
from deployment.errors import DeploymentError
from deployment.preflight import database, domain, machine, operator, quotas, running, stack
from deployment.preflight.findings import Case, Check
from deployment.removal import Report
from deployment.request import Request
from infra.context import CHOICES

CHECKS: Sequence[Check] = (
    machine.tools,
    operator.choices,
    operator.alarm_address,
    operator.approval,
    stack.standing,
    quotas.bootstrap,
    quotas.plan,  # before what looks at the database's class
    quotas.concurrency,
    quotas.vpcs,
    database.service_role,
    database.zones,
    domain.cloudfront,
    domain.certificate,
    stack.names,
    machine.layers,
)
"""In the order in which they are shown; the one that takes longest is the last."""

FIRST = {"first_deploy": "true"}
"""Leaves out what would keep a failed first deploy from being deleted: the protections."""


def deploy(
    root: Path,
    account: Account,
    request: Request,
    report: Report,
    *,
    checks: Sequence[Check] = CHECKS,
) -> int:
    """Deploys the stage, if nothing speaks against it; the exit code.

    Raises:
        DeploymentError: something is in the way; the message says what.
    """
    case = examine(root, account, request, report, checks=checks)
    if case is None:
        return 1
    found = case.deployed
    if found is not None and found.standing is Standing.NEVER_UP:
        clearing.clear_away(account, found, report)
        found = None
    protects = case.stage.keep_data
    if found is None and protects:
        report("\nFirst deploy: the protections against deletion come once it is up.")
        _run(case, report, FIRST)
        report("\nIt is up; now the protections against deletion.")
    _run(case, report, {})
    summary.tell(case, _up(account, request), report)
    return 0


def examine(
    root: Path,
    account: Account,
    request: Request,
    report: Report,
    *,
    checks: Sequence[Check] = CHECKS,
) -> Case | None:
    """Looks at everything, says what it found, and does what must come first.

    Returns:
        what to deploy, or ``None`` if it would fail.
    """
    report(f"Looking at {request.stack} in account {account.number}, {account.region} …")
    findings, case = running.run(checks, case_of(root, account, request))
    for line in running.lines(findings):
        report(line)
    if running.is_refused(findings):
        report("\nNothing was changed. Mend what is refused, and run the same command again.")
        return None
    for finding in findings:
        if finding.fix is not None:
            finding.fix()
    return case


def case_of(root: Path, account: Account, request: Request) -> Case:
    """The stage with the choices of its last deploy, and those that are made now in their place."""
    found = deployed.find(account, request.stack)
    kept = found.settings if found else {}
    if "images_domain" in request.given:
        kept.pop("images_certificate", None)  # it is another domain's; the checks find the new one
    chosen = {**{key: kept[key] for key in kept if key in CHOICES}, **request.given}
    return Case(
        root=root,
        account=account,
        request=request,
        deployed=found,
        context={
            "stage": request.stage,
            **{key: value for key, value in chosen.items() if value},
        },
        interactive=sys.stdin.isatty() and sys.stdout.isatty(),
    )


def diff(root: Path, account: Account, request: Request) -> int:
    """``make diff``: what a deploy would change, with the same choices; the exit code of `cdk`."""
    case = case_of(root, account, request)
    found, _ = running.run([quotas.concurrency, domain.certificate], case)
    context = {**case.context, **{k: v for each in found for k, v in each.context.items()}}
    return cdk.run(root, account, "diff", request.stack, context=context)


def _run(case: Case, report: Report, more: dict[str, str]) -> None:
    arguments = [case.request.stack]
    if case.request.approve:
        arguments += ["--require-approval", case.request.approve]
    code = cdk.run(case.root, case.account, "deploy", *arguments, context={**case.context, **more})
    if code == 0:
        return
    found = deployed.find(case.account, case.request.stack)
    for line in failures.explained(case.account, found) if found else ():
        report(line)
    if found is not None and found.standing is Standing.NEVER_UP:
        raise DeploymentError(
            "The first deploy failed; when the reason above is mended, the same command clears "
            "away what it left and deploys again."
        )
    if found is None:
        raise DeploymentError("Nothing was deployed; the reason is above.")
    raise DeploymentError("The deploy failed; what was deployed before works on.")


def _up(account: Account, request: Request) -> Deployed:
    found = deployed.find(account, request.stack)
    if found is None or found.standing is not Standing.UP:
        status = found.status if found else "gone"
        raise DeploymentError(f"{request.stack} is {status} after the deploy.")
    return found
