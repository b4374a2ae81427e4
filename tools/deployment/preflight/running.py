"""Runs all checks and gathers what they find, so that a second run is not needed to see more."""

import re
from collections.abc import Iterator, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from deployment import account as aws
from deployment.preflight.findings import Case, Check, Finding, Level, warning
from infra.settings import SettingsError


def run(checks: Sequence[Check], case: Case) -> tuple[list[Finding], Case]:
    """What the checks find, in their order, and the case with the context that they chose.

    A later check sees what an earlier one chose: the zones depend on the database's class.
    """
    findings: list[Finding] = []
    for check in checks:
        for finding in _guarded(check, case):
            findings.append(finding)
            if finding.context:
                case = case.choosing(finding.context)
    return findings, case


def is_refused(findings: Sequence[Finding]) -> bool:
    return any(each.level is Level.REFUSED for each in findings)


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """For the terminal, a line each."""
    for each in findings:
        yield f"  {each.level.value:<8} {each.text}"


def _guarded(check: Check, case: Case) -> Iterator[Finding]:
    """A check that may not ask, or gets no answer, is no reason not to deploy."""
    try:
        yield from check(case)
    except SettingsError:
        return  # wrong choices are refused by the check that looks at them
    except (BotoCoreError, ClientError) as error:
        subject = (check.__doc__ or check.__name__).splitlines()[0].rstrip(".")
        yield warning(f"Not checked: {_lower(subject)}. {_why(error)}")


def _why(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError) and aws.refused(error):
        return f"These credentials lack {_permission(error)}."
    return aws.explain(error)


def _permission(error: ClientError) -> str:
    """As AWS names it in most refusals; else by the call, ``DescribeVpcs``."""
    named = re.search(r"perform: ([\w:-]+)", str(error))
    return named[1] if named else f"the permission for {error.operation_name}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
