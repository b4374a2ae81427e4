"""Emptying a bucket: CloudFormation deletes none with anything in it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from deployment import account as aws
from deployment.account import Account
from deployment.errors import DeploymentError

AT_ONCE = 1000
"""Objects that one request may delete."""


def is_empty(account: Account, bucket: str) -> bool:
    """Whether nothing is in it; a bucket that does not exist (any more) is empty, too."""
    return next(_versions(account, bucket), None) is None


def empty(account: Account, bucket: str) -> int:
    """Deletes every object with all its versions; returns how many there were.

    Raises:
        DeploymentError: S3 kept some.
    """
    s3 = account.client("s3")
    versions = _versions(account, bucket)
    deleted = 0
    while some := list(islice(versions, AT_ONCE)):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
        for kept in answer.get("Errors", []):
            raise DeploymentError(
                f"S3 keeps {kept.get('Key')} of {bucket}: {kept.get('Message', kept.get('Code'))}."
            )
        deleted += len(some)
    return deleted


def _versions(account: Account, bucket: str) -> Iterator[dict[str, Any]]:
    pages = account.client("s3").get_paginator("list_object_versions")
    try:
        for page in pages.paginate(Bucket=bucket):
            for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                yield {"Key": each["Key"], "VersionId": each["VersionId"]}
    except ClientError as error:
        if aws.code(error) != "NoSuchBucket":
            raise
