"""Small stacks in the emulator that stand where Darkroom's would."""

import json
import uuid
from typing import Any

from deployment import deployed
from deployment.account import Account
from deployment.deployed import Deployed
from deployment.request import Request

BUCKET = {"Type": "AWS::S3::Bucket"}
KEY = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17"}}}
RETAINED = {"DeletionPolicy": "Retain"}

FAILS: dict[str, Any] = {
    "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    "Fails": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "1", "Count": 1},
    },
}
"""Waits a second for somebody who never comes."""


def database(name: str, **more: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {
            "DBInstanceIdentifier": name,
            "Engine": "postgres",
            "DBInstanceClass": "db.t3.micro",
            "AllocatedStorage": "20",
            "MasterUsername": "darkroom",
            "MasterUserPassword": "not-a-secret",
            "DeletionProtection": True,
        },
        **more,
    }


def log_group(name: str) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}


def a_stage() -> Request:
    """A request for a stage of no other test's."""
    return Request(stage=f"t{uuid.uuid4().hex[:8]}")


def create(
    account: Account,
    request: Request,
    resources: dict[str, Any],
    *,
    outputs: dict[str, str] | None = None,
    protected: bool = False,
) -> Deployed:
    """Deploys the resources, waits until that has ended, well or not, and tells how it stands."""
    template = {
        "Resources": resources,
        "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()},
    }
    account.client("cloudformation").create_stack(
        StackName=request.stack,
        TemplateBody=json.dumps(template),
        EnableTerminationProtection=protected,
    )
    return settled(account, request)


def failed_first(account: Account, request: Request, resources: dict[str, Any]) -> Deployed:
    """A first deploy that failed after it had made the resources."""
    fails = {**FAILS["Fails"], "DependsOn": list(resources)}
    everything = {**resources, **FAILS, "Fails": fails}
    return create(account, request, everything, protected=True)


def settled(account: Account, request: Request) -> Deployed:
    stack = deployed.find(account, request.stack)
    assert stack is not None
    stack = deployed.wait(account, stack, seconds=60)
    assert stack is not None
    return stack


def physical(account: Account, stack: Deployed, name: str) -> str:
    """Physical id of the resource of that logical id."""
    return next(
        str(each["PhysicalResourceId"])
        for each in deployed.last_events(account, stack.id)
        if each["LogicalResourceId"] == name
    )


def buckets(account: Account) -> set[str]:
    return {each["Name"] for each in account.client("s3").list_buckets()["Buckets"]}
