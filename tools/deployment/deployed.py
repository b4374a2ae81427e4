"""The deployed stack: what CloudFormation says of it, and what that means for the next command."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import yaml  # type: ignore[import-untyped]
from botocore.exceptions import ClientError

from deployment.account import Account

Resource = dict[str, Any]

SETTINGS = "Settings"
"""The output with the choices that the stack was deployed with, as JSON."""


class Standing(Enum):
    """What can be done with a stack."""

    UP = "up"
    """It works; it can be updated or deleted."""
    NEVER_UP = "never up"
    """Its first deploy failed: nobody has used it, and CloudFormation lets it only be deleted."""
    BUSY = "busy"
    """CloudFormation is at work on it."""
    HALF_DELETED = "half deleted"
    """A deletion failed; it can only be deleted further."""
    STUCK = "stuck"
    """An update failed, and so did taking it back."""


NEVER_UP = {"REVIEW_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
STUCK = {"UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"}
CAME_UP = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


@dataclass(frozen=True)
class Deployed:
    """A stack that CloudFormation knows.

    Attributes:
        id: ARN; it also finds a stack that was deleted meanwhile.
        reason: CloudFormation's, empty if it gave none.
        created: when its first deploy began.
        standing: what its status means.
    """

    id: str
    name: str
    status: str
    reason: str
    created: datetime
    standing: Standing
    outputs: Mapping[str, str]

    @property
    def settings(self) -> dict[str, str]:
        """The choices that it was deployed with, by context key; none if it does not tell."""
        try:
            told = json.loads(self.outputs.get(SETTINGS, "{}"))
        except ValueError:
            return {}
        if not isinstance(told, dict):
            return {}
        return {key: _text(value) for key, value in told.items() if value not in (None, "", [])}


def find(account: Account, name: str) -> Deployed | None:
    """The stack of that name or ARN; ``None`` if there is none (any more)."""
    try:
        [stack] = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    if stack["StackStatus"] == "DELETE_COMPLETE":
        return None
    return Deployed(
        id=stack["StackId"],
        name=stack["StackName"],
        status=stack["StackStatus"],
        reason=stack.get("StackStatusReason", ""),
        created=stack["CreationTime"],
        standing=_standing(account, stack),
        outputs={each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])},
    )


def wait(account: Account, stack: Deployed, *, seconds: float) -> Deployed | None:
    """The stack once nothing is under way on it, or after so many seconds; ``None`` if it is gone.

    Returns:
        the stack as it is then, with ``Standing.BUSY`` if the time was not enough.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = find(account, stack.id)
        if found is None or found.standing is not Standing.BUSY or time.monotonic() > deadline:
            return found
        time.sleep(account.poll)


def template(account: Account, stack_id: str) -> dict[str, Any]:
    """What the stack was deployed from."""
    answer = account.client("cloudformation").get_template(StackName=stack_id)
    body = answer["TemplateBody"]
    # `cdk` sends small ones as YAML, without CloudFormation's own tags.
    parsed: dict[str, Any] = yaml.safe_load(body) if isinstance(body, str) else body
    return parsed


def resources(account: Account, stack_id: str) -> list[Resource]:
    """Summaries of all resources that the stack has."""
    pages = account.client("cloudformation").get_paginator("list_stack_resources")
    return [
        each
        for page in pages.paginate(StackName=stack_id)
        for each in page["StackResourceSummaries"]
    ]


def events(account: Account, stack_id: str) -> Iterator[dict[str, Any]]:
    """What happened to the stack in the last 90 days, the latest first."""
    pages = account.client("cloudformation").get_paginator("describe_stack_events")
    for page in pages.paginate(StackName=stack_id):
        yield from page["StackEvents"]


def last_events(account: Account, stack_id: str) -> list[Resource]:
    """What happened last to each resource in the last 90 days, also of a stack that is gone."""
    last: dict[str, Resource] = {}
    for each in events(account, stack_id):
        if each.get("PhysicalResourceId") != stack_id:
            last.setdefault(each["LogicalResourceId"], each)
    return list(last.values())


def deleted(account: Account, name: str) -> str | None:
    """ARN of the last stack of that name that was deleted in the last 90 days."""
    pages = account.client("cloudformation").get_paginator("list_stacks")
    gone = [
        each
        for page in pages.paginate(StackStatusFilter=["DELETE_COMPLETE"])
        for each in page["StackSummaries"]
        if each["StackName"] == name
    ]
    return max(gone, key=lambda each: each["CreationTime"])["StackId"] if gone else None


def _standing(account: Account, stack: dict[str, Any]) -> Standing:
    status = stack["StackStatus"]
    if status in NEVER_UP:
        return Standing.NEVER_UP
    if status == "DELETE_FAILED":
        # Clearing a failed first deploy away may have been interrupted.
        once = any(
            each["ResourceStatus"] in CAME_UP and each["PhysicalResourceId"] == stack["StackId"]
            for each in events(account, stack["StackId"])
        )
        return Standing.HALF_DELETED if once else Standing.NEVER_UP
    if status in STUCK:
        return Standing.STUCK
    return Standing.BUSY if status.endswith("_IN_PROGRESS") else Standing.UP


def _text(value: object) -> str:
    """As the CDK context takes it: lists with commas."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
