"""The schema's migrations, run on each deploy that changes them, before what needs them."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import CustomResource, Duration, FileSystem, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

from infra import bundling
from infra.findings import PYTHON_3_13, acknowledge
from infra.functions import architecture
from infra.logs import log_group
from infra.settings import SIZES, Stage

SOURCES = ("layers/database", "functions/migrator")
"""What decides whether the migrations must run again: they do no harm when nothing is new."""


class Migrations(Construct):
    """Invokes the migrator. Make depend on it whatever must not meet an older schema.

    Args:
        after: what the migrator needs to reach the database and its password.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        migrator: lambda_.IFunction,
        after: Sequence[IDependable],
    ) -> None:
        super().__init__(scope, construct_id)
        log = log_group(self, "Log", stage=stage)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log.grant_write(role)
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[migrator.function_arn]
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudformation:DescribeStacks"], resources=[Stack.of(self).stack_id]
            )
        )
        runner = lambda_.Function(
            self,
            "Runner",
            description="Darkroom: runs the migrator on each deploy",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=architecture(stage),
            handler="index.handler",
            code=lambda_.Code.from_inline(_source()),
            timeout=Duration.seconds(SIZES["migrator"].timeout + 60),
            environment={"FUNCTION": migrator.function_name},
            role=role,
            log_group=log,
        )
        acknowledge(runner, PYTHON_3_13)
        resource = CustomResource(
            self,
            "Run",
            resource_type="Custom::Migrations",
            service_token=runner.function_arn,
            service_timeout=Duration.seconds(SIZES["migrator"].timeout + 120),
            properties={"Sources": _fingerprint()},
        )
        # The function exists before its rights do, unless told otherwise.
        resource.node.add_dependency(role, migrator, *after)


def _source() -> str:
    return Path(__file__).with_name("run_on_deploy.py").read_text()


def _fingerprint() -> str:
    return "-".join(
        FileSystem.fingerprint(str(bundling.ROOT / source), exclude=["**/__pycache__"])
        for source in SOURCES
        if (bundling.ROOT / source).exists()
    )
