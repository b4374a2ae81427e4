"""Why a deploy failed: what CloudFormation says, and what to do about what is known."""

from collections.abc import Iterator

from deployment import deployed
from deployment.account import Account
from deployment.deployed import Deployed

CONSEQUENCES = ("Resource creation cancelled", "Resource update cancelled")
"""What all others say once one has failed."""

BEGINNINGS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "REVIEW_IN_PROGRESS"}

ADVICE = {
    "must be verified before you can add new CloudFront resources": (
        "open a case with AWS Support (Account and billing), which is free, and quote this"
    ),
    "below its minimum value of": (
        "the account may run too few functions at once; ask for more at Service Quotas, AWS "
        "Lambda, Concurrent executions (L-B99A9384)"
    ),
    "free tier": "upgrade the account's plan in the console, Billing and Cost Management",
    "free plan": "upgrade the account's plan in the console, Billing and Cost Management",
    "service-linked role": (
        "the role is made meanwhile; AWS needs a minute to know it everywhere, so deploy again"
    ),
    "No space left": "make room on this machine",
    "already exists": (
        "something of that name is there and belongs to no stack: delete it or rename it"
    ),
    "not authorized to perform": (
        "CDK's role lacks that permission: look at the policies that make bootstrap was given"
    ),
}
"""Parts of CloudFormation's reasons, and what helps."""


def explained(account: Account, stack: Deployed) -> Iterator[str]:
    """A line for each resource that failed by itself in the last operation on the stack."""
    for event in _last_operation(account, stack):
        reason = event.get("ResourceStatusReason", "")
        if not event["ResourceStatus"].endswith("_FAILED") or reason.startswith(CONSEQUENCES):
            continue
        if event["PhysicalResourceId"] == stack.id:
            continue  # it lists the others
        yield f"{event['LogicalResourceId']}: {reason.rstrip('.')}."
        for part, advice in ADVICE.items():
            if part.lower() in reason.lower():
                yield f"  What helps: {advice}."
                break


def _last_operation(account: Account, stack: Deployed) -> list[dict[str, str]]:
    """Its events, in their order."""
    last = []
    for event in deployed.events(account, stack.id):
        last.append(event)
        if (
            event["PhysicalResourceId"] == stack.id
            and event["ResourceStatus"] in BEGINNINGS
            and event.get("ResourceStatusReason") != "Transformation succeeded"
        ):
            break
    return last[::-1]
