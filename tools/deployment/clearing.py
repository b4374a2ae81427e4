"""Clearing away a first deploy that failed, so that the next one finds nothing in its way.

Such a stack never came up, so nobody has kept anything in it. Bytes are looked at all the same: a
bucket with something in it stops this, unless all that it has are access logs.
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from deployment import account as aws
from deployment import buckets, deployed, removal
from deployment.account import Account
from deployment.deployed import Deployed, Resource, Standing
from deployment.errors import DeploymentError
from deployment.removal import Report

LOGS = "AccessLogs"
"""In the logical id of the one bucket whose content AWS writes by itself."""

KEY_DAYS = 7
"""The shortest time after which KMS deletes a key."""


def clear_away(account: Account, stack: Deployed, report: Report) -> None:
    """Deletes the stack and what its rollback has kept.

    Raises:
        DeploymentError: the stack was up once, a bucket holds something, or the stack stays.
    """
    if stack.standing is not Standing.NEVER_UP:
        raise DeploymentError(f"{stack.name} is {stack.status}, which is no failed first deploy.")
    kept = _kept(account, stack)
    _refuse_content(account, stack, kept)
    report(f"Clearing away what the failed first deploy of {stack.name} has left …")
    removal.delete(account, stack, report, may_empty=lambda name: LOGS in name)
    for each in kept:
        delete = LEFT.get(each["ResourceType"])
        if delete is not None and delete(account, each["PhysicalResourceId"]):
            report(f"  {each['LogicalResourceId']} ({each['PhysicalResourceId']}) is deleted.")
    _delete_snapshots(account, stack, kept, report)


def _kept(account: Account, stack: Deployed) -> list[Resource]:
    """What the stack made and its rollback did not delete. A resource that could not be made may
    bear the name of somebody else's, which was there before."""
    made = {
        each["LogicalResourceId"]
        for each in deployed.events(account, stack.id)
        if each["ResourceStatus"] == "CREATE_COMPLETE"
    }
    return [
        each
        for each in deployed.last_events(account, stack.id)
        if each["LogicalResourceId"] in made
        and each["ResourceStatus"] != "DELETE_COMPLETE"
        and each.get("PhysicalResourceId")
    ]


def _delete_snapshots(
    account: Account, stack: Deployed, kept: list[Resource], report: Report
) -> None:
    """Those that CloudFormation took of the empty database. An earlier stack's are older."""
    rds = account.client("rds")
    for each in kept:
        if each["ResourceType"] != removal.DATABASE:
            continue
        pages = rds.get_paginator("describe_db_snapshots").paginate(
            DBInstanceIdentifier=each["PhysicalResourceId"], SnapshotType="manual"
        )
        for snapshot in [one for page in pages for one in page["DBSnapshots"]]:
            if snapshot["SnapshotCreateTime"] > stack.created:
                rds.delete_db_snapshot(DBSnapshotIdentifier=snapshot["DBSnapshotIdentifier"])
                report(f"  The snapshot {snapshot['DBSnapshotIdentifier']} is deleted.")


def _refuse_content(account: Account, stack: Deployed, kept: list[Resource]) -> None:
    for each in kept:
        bucket = each["PhysicalResourceId"]
        if (
            each["ResourceType"] == removal.BUCKET
            and LOGS not in each["LogicalResourceId"]
            and not buckets.is_empty(account, bucket)
        ):
            raise DeploymentError(
                f"The bucket {bucket} of the failed deploy of {stack.name} holds something: look "
                f"at it, empty it (aws s3 rm s3://{bucket} --recursive), and deploy again."
            )


def _bucket(account: Account, name: str) -> bool:
    buckets.empty(account, name)
    return _done(lambda: account.client("s3").delete_bucket(Bucket=name))


def _log_group(account: Account, name: str) -> bool:
    return _done(lambda: account.client("logs").delete_log_group(logGroupName=name))


def _key(account: Account, key: str) -> bool:
    kms = account.client("kms")
    return _done(lambda: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=KEY_DAYS))


def _database(account: Account, name: str) -> bool:
    rds = account.client("rds")

    def delete() -> None:
        rds.modify_db_instance(
            DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True
        )
        rds.delete_db_instance(
            DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=True
        )
        rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier=name)

    return _done(delete)


def _done(delete: Callable[[], Any]) -> bool:
    """Whether there was anything to delete."""
    try:
        delete()
    except ClientError as error:
        gone = ("NotFound", "NoSuchBucket", "DBInstanceNotFound", "KMSInvalidState")
        if any(each in aws.code(error) for each in gone):
            return False
        raise
    return True


LEFT: dict[str, Callable[[Account, str], bool]] = {
    removal.BUCKET: _bucket,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::KMS::Key": _key,
    removal.DATABASE: _database,
}
"""What a rollback may keep: resources that are to outlive their stack, and protected ones."""
