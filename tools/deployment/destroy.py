"""``make destroy``: deletes a stage, keeps what must stay, and says what that is and costs."""

from collections.abc import Callable

from deployment import deployed, remains, removal
from deployment.account import Account
from deployment.asking import confirm
from deployment.deployed import Deployed, Standing
from deployment.errors import DeploymentError
from deployment.removal import Report
from deployment.request import Request


def destroy(
    account: Account, request: Request, report: Report, *, ask: Callable[[str], str] = input
) -> int:
    """Deletes the stage's stack; the exit code. Once more, it only says what stays.

    Args:
        ask: puts a question to the person at the terminal.

    Raises:
        DeploymentError: it was not confirmed, or something keeps it.
    """
    stack = deployed.find(account, request.stack)
    if stack is None:
        gone = deployed.deleted(account, request.stack)
        report(f"{request.stack} does not exist in account {account.number}, {account.region}.")
        if gone is not None:
            tell_remains(account, gone, report)
        return 0
    stays = _stays(account, stack)
    _refuse_busy(stack)
    _announce(account, stack, stays, report)
    confirm(request.stage, said=request.confirm, what="delete it", ask=ask)
    removal.delete(account, stack, report, may_empty=lambda name: name not in stays)
    report(f"{stack.name} is deleted.")
    tell_remains(account, stack.id, report)
    return 0


def tell_remains(account: Account, stack_id: str, report: Report) -> None:
    """What stays of the deleted stack, what it costs, and how it goes for good."""
    left = remains.of(account, stack_id)
    if not left:
        report("Nothing of it stays.")
        return
    report("\nWhat stays, what it costs, and the command that deletes it for good:")
    for each in left:
        report(f"  {each.line}")
    known = sum(each.monthly or 0 for each in left)
    report(f"In all at most ${known:.2f} a month (us-east-1, list prices), and traffic.")


def _stays(account: Account, stack: Deployed) -> set[str]:
    """Logical ids of the resources of which something outlives the stack."""
    if stack.status == "REVIEW_IN_PROGRESS":
        return set()  # nothing was made of the template, which CloudFormation does not show yet
    policies = removal.policies(account, stack)
    return {name for name, policy in policies.items() if policy in removal.STAYS}


def _refuse_busy(stack: Deployed) -> None:
    if stack.standing is Standing.BUSY and not stack.status.startswith("DELETE"):
        raise DeploymentError(
            f"{stack.name} is {stack.status}: wait until that has ended, then delete it."
        )


def _announce(account: Account, stack: Deployed, stays: set[str], report: Report) -> None:
    kept, lost = list[str](), list[str]()
    for each in deployed.resources(account, stack.id):
        if each["ResourceType"] in (removal.BUCKET, removal.DATABASE):
            name = f"{each['LogicalResourceId']} ({each.get('PhysicalResourceId', '')})"
            (kept if each["LogicalResourceId"] in stays else lost).append(name)
    report(f"{stack.name} in account {account.number}, {account.region} is {stack.status}.")
    if lost:
        report(f"Deleted with all data in them: {', '.join(lost)}.")
    if kept:
        report(f"Kept, the database as a snapshot: {', '.join(kept)}.")
