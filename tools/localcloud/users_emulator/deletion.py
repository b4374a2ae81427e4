"""Deleting the stack from an emulator that goes on."""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localcloud.errors import CloudError
from localcloud.users_emulator.services import reason

SECONDS = 600.0
POLL = 0.5
BATCH = 1000
"""Objects in one DeleteObjects; S3 takes no more."""


def delete(client: Callable[[str], Any], stack: str) -> None:
    """Empties the stack's buckets, which CloudFormation does not, and deletes the stack.

    Args:
        client: makes the client of a service by its name.

    Raises:
        CloudError: something of it could not be deleted.
    """
    cloudformation = client("cloudformation")
    try:
        for bucket in _buckets(cloudformation, stack):
            _empty(client("s3"), bucket)
        cloudformation.delete_stack(StackName=stack)
        _wait(cloudformation, stack)
    except ClientError as error:
        raise CloudError(f"{stack} could not be deleted: {reason(error)}.") from None


def _buckets(cloudformation: Any, stack: str) -> list[str]:  # noqa: ANN401 (a client)
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    return [
        each["PhysicalResourceId"]
        for each in resources
        if each["ResourceType"] == "AWS::S3::Bucket" and each.get("PhysicalResourceId")
    ]


def _empty(s3: Any, bucket: str) -> None:  # noqa: ANN401 (a client)
    """Deletes all objects, and all versions of them."""
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in entries]
            for start in range(0, len(keys), BATCH):
                s3.delete_objects(
                    Bucket=bucket, Delete={"Objects": keys[start : start + BATCH], "Quiet": True}
                )
    except s3.exceptions.NoSuchBucket:
        return


def _wait(cloudformation: Any, stack: str) -> None:  # noqa: ANN401 (a client)
    deadline = time.monotonic() + SECONDS
    status = "DELETE_IN_PROGRESS"
    while time.monotonic() < deadline:
        try:
            found = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in reason(error):
                return
            raise
        status = found[0]["StackStatus"] if found else "DELETE_COMPLETE"
        if status == "DELETE_COMPLETE":
            return
        if status == "DELETE_FAILED":
            why = found[0].get("StackStatusReason", "the emulator gave no reason")
            raise CloudError(f"{stack} could not be deleted: {why}.")
        time.sleep(POLL)
    raise CloudError(f"{stack} is still {status} after {SECONDS:.0f} s.")
