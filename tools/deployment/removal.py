"""Deleting a stack with all that CloudFormation lets stand in the way of that.

Each step may be repeated, so an interrupted deletion goes on where it was.
"""

import time
from collections.abc import Callable

from botocore.exceptions import ClientError

from deployment import account as aws
from deployment import buckets, deployed
from deployment.account import Account
from deployment.deployed import Deployed, Resource, Standing
from deployment.errors import DeploymentError

Report = Callable[[str], None]

TRIES = 4
"""S3 writes access logs hours late, also into a bucket that was empty just now."""

HOUR = 3600.0
TELL = 60.0
"""Seconds between two lines about what is still there."""

STAYS = {"Retain", "RetainExceptOnCreate", "Snapshot"}
"""Deletion policies by which something of a resource outlives the stack."""

BUCKET, DATABASE = "AWS::S3::Bucket", "AWS::RDS::DBInstance"
NETWORK = ("AWS::EC2::Subnet", "AWS::EC2::SecurityGroup", "AWS::EC2::VPC", "AWS::Lambda::Function")


def policies(account: Account, stack: Deployed) -> dict[str, str]:
    """Deletion policy of each resource by its logical id, as the deployed template has them."""
    resources = deployed.template(account, stack.id)["Resources"]
    return {
        name: each.get("DeletionPolicy", "Snapshot" if each["Type"] == DATABASE else "Delete")
        for name, each in resources.items()
    }


def delete(
    account: Account, stack: Deployed, report: Report, *, may_empty: Callable[[str], bool]
) -> None:
    """Deletes the stack and waits until it is gone.

    Args:
        report: told what is done, a line at a time.
        may_empty: whether the bucket of that logical id may lose what is in it.

    Raises:
        DeploymentError: it stays; with the resources that keep it and CloudFormation's reasons.
    """
    for _ in range(TRIES):
        if stack.standing is not Standing.BUSY:
            _unprotect(account, stack, report)
            _empty_buckets(account, stack, report, may_empty)
            account.client("cloudformation").delete_stack(StackName=stack.id)
        left = _wait(account, stack, report)
        if left is None:
            return
        stack = left
        failed = _failed(account, stack)
        for each in failed:
            report(f"  {each['LogicalResourceId']} could not be deleted: {_reason(each)}.")
        if not failed or not all(_passes(each) for each in failed):
            break
    kept = ", ".join(f"{each['LogicalResourceId']} ({each['ResourceType']})" for each in failed)
    raise DeploymentError(
        f"{stack.name} is {stack.status}; what keeps it: {kept or stack.reason}. When that is "
        "mended, the same command goes on."
    )


def _unprotect(account: Account, stack: Deployed, report: Report) -> None:
    account.client("cloudformation").update_termination_protection(
        StackName=stack.name, EnableTerminationProtection=False
    )
    rds = account.client("rds")
    for each in _of_type(account, stack, DATABASE):
        name = each["PhysicalResourceId"]
        try:
            [database] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        except ClientError as error:
            if aws.code(error).startswith("DBInstanceNotFound"):
                continue
            raise
        if database.get("DeletionProtection"):
            report(f"Taking the deletion protection off the database {name} …")
            rds.modify_db_instance(
                DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True
            )


def _empty_buckets(
    account: Account, stack: Deployed, report: Report, may_empty: Callable[[str], bool]
) -> None:
    """The bucket of access logs last: S3 writes into it what is done to the others."""
    found = [
        each for each in _of_type(account, stack, BUCKET) if may_empty(each["LogicalResourceId"])
    ]
    for each in sorted(found, key=lambda one: "AccessLogs" in one["LogicalResourceId"]):
        report(f"Emptying {each['PhysicalResourceId']} …")
        count = buckets.empty(account, each["PhysicalResourceId"])
        if count:
            report(f"  {count} objects deleted.")


def _wait(account: Account, stack: Deployed, report: Report) -> Deployed | None:
    report(f"Deleting {stack.name} …")
    deadline, told = time.monotonic() + HOUR, False
    while time.monotonic() < deadline:
        left = deployed.wait(account, stack, seconds=TELL)
        if left is None or left.standing is not Standing.BUSY:
            return left
        there = [
            each
            for each in deployed.resources(account, stack.id)
            if each["ResourceStatus"] == "DELETE_IN_PROGRESS"
        ]
        names = ", ".join(each["LogicalResourceId"] for each in there)
        report(f"  being deleted: {names or 'nothing yet'}")
        if not told and any(each["ResourceType"] in NETWORK for each in there):
            report("  Lambda gives its network interfaces back after 20 to 40 minutes.")
            told = True
    raise DeploymentError(
        f"{stack.name} was not deleted within an hour; CloudFormation goes on, and the same "
        "command goes on waiting."
    )


def _of_type(account: Account, stack: Deployed, kind: str) -> list[Resource]:
    return [
        each
        for each in deployed.resources(account, stack.id)
        if each["ResourceType"] == kind
        and each.get("PhysicalResourceId")
        and each["ResourceStatus"] not in {"DELETE_COMPLETE", "DELETE_SKIPPED"}
    ]


def _failed(account: Account, stack: Deployed) -> list[Resource]:
    return [
        each
        for each in deployed.last_events(account, stack.id)
        if each["ResourceStatus"] == "DELETE_FAILED"
    ]


def _passes(resource: Resource) -> bool:
    """Whether it may be gone the next time: something arrived meanwhile, or is let go late."""
    return resource["ResourceType"] == BUCKET or resource["ResourceType"] in NETWORK


def _reason(resource: Resource) -> str:
    reason = resource.get("ResourceStatusReason") or "no reason given"
    return str(reason).rstrip(".")
