"""The functions' roles as they are deployed: what they may do, and doing it in their place."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from localcloud import cdk
from localcloud.https import Certificate
from localcloud.stack import Stack


@dataclass(frozen=True)
class Enforced:
    """A deployed stack whose policies are enforced."""

    stack: Stack
    certificate: Certificate

    def client(
        self, service: str, session: boto3.Session | None = None, config: Config | None = None
    ) -> Any:
        """A client of the emulator, as its owner unless a session says who."""
        return (session or cdk.session()).client(  # type: ignore[call-overload]  # any service
            service,
            endpoint_url=self.stack.aws_endpoint_url,
            verify=str(self.certificate.certificate),
            config=config,
        )

    @cached_property
    def roles(self) -> dict[str, str]:
        """Name of each function's role."""
        functions = self.client("lambda").list_functions(MaxItems=50)["Functions"]
        return {
            each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]: each["Role"].split("/")[-1]
            for each in functions
            if "POWERTOOLS_SERVICE_NAME" in each.get("Environment", {}).get("Variables", {})
        }

    def as_role(self, function: str) -> boto3.Session:
        """A session with the rights of a function's role.

        Only Lambda may assume it; here the account may, for a moment. What it may do stays.
        """
        role = self.roles[function]
        iam = self.client("iam")
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{cdk.ACCOUNT}:root"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
        assumed = self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{cdk.ACCOUNT}:role/{role}", RoleSessionName="test"
        )["Credentials"]
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))
        return boto3.Session(
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
            region_name=cdk.REGION,
        )


def let_send_in_batches(enforced: Enforced) -> None:
    """Lets each role send in batches wherever it may send.

    AWS asks a sender of batches for ``sqs:SendMessage`` and knows no ``sqs:SendMessageBatch`` (SQS
    developer guide, "Amazon SQS API permissions"). The emulator asks for the latter. This follows
    what is deployed, role by role and queue by queue, so it opens nothing that AWS would not.
    """
    iam = enforced.client("iam")
    for role in enforced.roles.values():
        queues = [
            queue
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
            for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"][
                "Statement"
            ]
            if "sqs:SendMessage" in _listed(statement["Action"])
            for queue in _listed(statement["Resource"])
        ]
        if queues:
            allowed = {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": queues}
            document = {"Version": "2012-10-17", "Statement": [allowed]}
            iam.put_role_policy(
                RoleName=role, PolicyName="Batches", PolicyDocument=json.dumps(document)
            )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
