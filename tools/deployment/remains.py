"""What outlives a deleted stack, what it costs, and how to delete it for good."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bench import prices
from deployment import account as aws
from deployment import deployed, removal
from deployment.account import Account
from deployment.deployed import Resource

GB = 1e9
SIZES_AGO = timedelta(days=3)
"""S3 measures buckets once a day, and says so a day later."""


@dataclass(frozen=True)
class Remaining:
    """One thing that is still there.

    Attributes:
        monthly: US dollars by list price; ``None`` where AWS has not measured it yet.
        delete: the command that deletes it for good.
    """

    what: str
    name: str
    monthly: float | None
    delete: str

    @property
    def line(self) -> str:
        costs = "not measured yet" if self.monthly is None else f"${self.monthly:.2f} a month"
        return f"{self.what} {self.name} ({costs})\n      {self.delete}"


def of(account: Account, stack_id: str) -> list[Remaining]:
    """What is left of a stack that was deleted in the last 90 days."""
    found: list[Remaining] = []
    for each in deployed.last_events(account, stack_id):
        kind, name = each["ResourceType"], each.get("PhysicalResourceId", "")
        if kind == removal.DATABASE and name:
            found += [*_seen(_snapshots, account, each), *_seen(_automated_backups, account, each)]
        elif each["ResourceStatus"] == "DELETE_SKIPPED" and kind in KINDS:
            found += _seen(KINDS[kind], account, each)
    return found


def _seen(look: "Look", account: Account, resource: Resource) -> list[Remaining]:
    """As far as AWS tells: a permission that is missing must not hide that something costs."""
    try:
        return list(look(account, resource["PhysicalResourceId"]))
    except (BotoCoreError, ClientError) as error:
        name = resource["PhysicalResourceId"]
        why = f"it could not be looked at: {aws.explain(error)}"
        return [Remaining(resource["ResourceType"], name, None, why)]


def _bucket(account: Account, name: str) -> Iterator[Remaining]:
    try:
        account.client("s3").head_bucket(Bucket=name)
    except ClientError as error:
        if aws.code(error) in {"404", "NoSuchBucket"}:
            return
        raise
    size = _bucket_bytes(account, name)
    monthly = None if size is None else size / GB * prices.S3_GB_MONTH
    yield Remaining("bucket", name, monthly, f"make delete-bucket BUCKET={name}")


def _bucket_bytes(account: Account, name: str) -> float | None:
    now = datetime.now(UTC)
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/S3",
        MetricName="BucketSizeBytes",
        Dimensions=[
            {"Name": "BucketName", "Value": name},
            {"Name": "StorageType", "Value": "StandardStorage"},
        ],
        StartTime=now - SIZES_AGO,
        EndTime=now,
        Period=24 * 3600,
        Statistics=["Average"],
    )
    points = sorted(answer["Datapoints"], key=lambda each: each["Timestamp"])
    return points[-1]["Average"] if points else None


def _distribution(account: Account, name: str) -> Iterator[Remaining]:
    try:
        account.client("cloudfront").get_distribution(Id=name)
    except ClientError as error:
        if aws.code(error) == "NoSuchDistribution":
            return
        raise
    # Traffic costs what it did; standing there it costs nothing.
    how = 'see "Delete everything" in docs/operations.md'
    yield Remaining("distribution", name, 0.0, how)


def _log_group(account: Account, name: str) -> Iterator[Remaining]:
    answer = account.client("logs").describe_log_groups(logGroupNamePrefix=name)
    for each in answer["logGroups"]:
        if each["logGroupName"] == name:
            monthly = each.get("storedBytes", 0) / GB * prices.LOGS_GB_MONTH
            command = f"aws logs delete-log-group --log-group-name {name}"
            yield Remaining("log group", name, monthly, command)


def _key(account: Account, name: str) -> Iterator[Remaining]:
    state = account.client("kms").describe_key(KeyId=name)["KeyMetadata"]["KeyState"]
    if state != "PendingDeletion":
        command = f"aws kms schedule-key-deletion --key-id {name} --pending-window-in-days 7"
        yield Remaining("key", name, prices.KEY_MONTH, command)


def _snapshots(account: Account, database: str) -> Iterator[Remaining]:
    rds = account.client("rds")
    snapshots = rds.get_paginator("describe_db_snapshots").paginate(
        DBInstanceIdentifier=database, SnapshotType="manual"
    )
    for each in (one for page in snapshots for one in page["DBSnapshots"]):
        name = each["DBSnapshotIdentifier"]
        command = f"aws rds delete-db-snapshot --db-snapshot-identifier {name}"
        yield Remaining("snapshot", name, _backup_cost(each), command)


def _automated_backups(account: Account, database: str) -> Iterator[Remaining]:
    pages = account.client("rds").get_paginator("describe_db_instance_automated_backups")
    try:
        kept = [
            each
            for page in pages.paginate(DBInstanceIdentifier=database)
            for each in page["DBInstanceAutomatedBackups"]
        ]
    except ClientError as error:
        if aws.code(error) == "InvalidAction":  # an emulator without them
            return
        raise
    for each in kept:
        if each["Status"] == "retained":
            name = each["DbiResourceId"]
            command = f"aws rds delete-db-instance-automated-backup --dbi-resource-id {name}"
            yield Remaining("automated backups", name, _backup_cost(each), command)


def _backup_cost(backup: dict[str, Any]) -> float:
    """At most: RDS bills what is in it."""
    return float(backup["AllocatedStorage"]) * prices.RDS_BACKUP_GB_MONTH


Look = Callable[[Account, str], Iterator[Remaining]]
"""Looks whether the thing of that physical id is still there."""

KINDS: dict[str, Look] = {
    removal.BUCKET: _bucket,
    "AWS::CloudFront::Distribution": _distribution,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::KMS::Key": _key,
}
"""What a stack retains that costs something or can be seen from outside. Policies and origin access
controls go with what they belong to."""
