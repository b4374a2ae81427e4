"""Every function and every layer."""

import platform
from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

from aws_cdk import AssetHashType, CfnResource, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IDependable

from infra import bundling
from infra.database import Database, LocalDatabase
from infra.findings import PYTHON_3_13, acknowledge
from infra.logs import log_group
from infra.network import Network
from infra.settings import SIZES, Stage

LAYERS = {
    "api": ("pipeline", "catalogue", "database", "webhooks"),
    "ingest": ("pipeline", "catalogue", "database", "webhooks"),
    "processor": ("pipeline", "outbound", "imaging"),
    "recorder": ("pipeline", "database", "webhooks"),
    "finisher": ("pipeline", "catalogue", "database", "webhooks"),
    "notifier": ("pipeline", "outbound"),
    "janitor": ("pipeline", "database", "webhooks"),
    "migrator": ("pipeline", "database", "webhooks"),
}


class Zone(Enum):
    """Which of the two worlds a function lives in; no function lives in both."""

    INTERNET = "internet"
    """Handles what strangers chose: outside the network, without the database or any secret."""
    DATA = "data"
    """Next to the data: inside the network, without any way out."""


ZONES = {name: Zone.INTERNET if name in ("processor", "notifier") else Zone.DATA for name in LAYERS}


class Functions(Construct):
    """Makes the functions, each in its zone and with a role of its own that can write its log and
    nothing else until it is granted more."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        network: Network | None,
        database: Database | LocalDatabase,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._network = network
        self._database = database
        self._layers: dict[str, lambda_.LayerVersion] = {}
        self._architecture = architecture(stage)
        self.all: dict[str, lambda_.Function] = {}

    def add(
        self,
        name: str,
        environment: dict[str, str] | None = None,
        *,
        after: IDependable | None = None,
        in_a_loop: bool = False,
        reserved: int | None = None,
    ) -> lambda_.Function:
        """The function in ``functions/<name>``.

        Args:
            environment: its settings; those of the database are added in the data zone.
            after: what must be in place before the function may run.
            in_a_loop: its messages can lead back to it through queues. Each such loop ends by a
                count of its own; Lambda would end it after 16 turns, and lose the message.
            reserved: invocations at once, at most and guaranteed.
        """
        zone = ZONES[name]
        role = self._role(name, zone)
        inside = self._network if zone is Zone.DATA else None
        function = lambda_.Function(
            self,
            name.capitalize(),
            description=f"Darkroom {name} ({zone.value} zone)",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=self._architecture,
            handler=f"{name}.handler.handler",
            code=_code(bundling.function_code(name)),
            layers=[self._layer(layer) for layer in LAYERS[name]],
            memory_size=SIZES[name].memory,
            timeout=Duration.seconds(SIZES[name].timeout),
            environment={
                **(self._database.environment if zone is Zone.DATA else {}),
                **(environment or {}),
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLS_LOG_LEVEL": "INFO",
                "POWERTOOLS_METRICS_NAMESPACE": f"Darkroom/{self._stage.name}",
            },
            role=role,
            log_group=self._log(name, role),
            tracing=lambda_.Tracing.ACTIVE,
            reserved_concurrent_executions=reserved,
            recursive_loop=lambda_.RecursiveLoop.ALLOW if in_a_loop else None,
            vpc=inside.vpc if inside else None,
            vpc_subnets=inside.subnets if inside else None,
            security_groups=[inside.functions] if inside else None,
        )
        acknowledge(function, PYTHON_3_13)
        if after is not None:
            function.node.add_dependency(after)
        self.all[name] = function
        return function

    def update_in_order(self, *groups: Sequence[str]) -> None:
        """Has CloudFormation update each group of functions once those before it are updated."""
        for earlier, later in pairwise(groups):
            for function in map(self._resource, later):
                for other in map(self._resource, earlier):
                    function.add_dependency(other)

    def _resource(self, name: str) -> CfnResource:
        """Alone, without its triggers and rights, which would close circles."""
        resource = self.all[name].node.default_child
        assert isinstance(resource, CfnResource)  # noqa: S101 (a construct of CDK's)
        return resource

    def _role(self, name: str, zone: Zone) -> iam.Role:
        role = iam.Role(
            self,
            f"{name.capitalize()}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        acknowledge(role, {"IAM5[Resource::*]": "X-Ray's actions know no resources."})
        if zone is Zone.DATA:
            self._database.grant_connect(role)
            if self._network is not None:
                role.add_managed_policy(
                    iam.ManagedPolicy.from_aws_managed_policy_name(
                        "service-role/AWSLambdaENIManagementAccess"
                    )
                )
                acknowledge(
                    role,
                    {
                        "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
                        "AWSLambdaENIManagementAccess]": "What Lambda itself needs to attach a "
                        "function to the network; AWS keeps it up to date.",
                    },
                )
        return role

    def _log(self, name: str, role: iam.Role) -> logs.LogGroup:
        group = log_group(self, f"{name.capitalize()}Log", stage=self._stage)
        group.grant_write(role)
        return group

    def _layer(self, name: str) -> lambda_.LayerVersion:
        if name not in self._layers:
            self._layers[name] = lambda_.LayerVersion(
                self,
                f"{name.capitalize()}Layer",
                description=f"Darkroom {name}",
                code=self._layer_code(name),
                compatible_architectures=[self._architecture],
                compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            )
        return self._layers[name]

    def _layer_code(self, name: str) -> lambda_.Code:
        if not Stack.of(self).bundling_required:  # the template alone is wanted, as by most tests
            return lambda_.Code.from_asset(str(bundling.ROOT / "layers" / name), exclude=["*"])
        local = self._stage.local
        target = bundling.LAMBDA
        if local:
            target = bundling.Target(local.python_version, local.platform or None)
        return _code(bundling.build(name, target))


def _code(asset: bundling.Asset) -> lambda_.Code:
    return lambda_.Code.from_asset(
        str(asset.folder), asset_hash=asset.digest, asset_hash_type=AssetHashType.CUSTOM
    )


def architecture(stage: Stage) -> lambda_.Architecture:
    """arm64 on AWS, for a fifth less per second; the emulator's processor on the local cloud."""
    if stage.local is not None:
        processor = (stage.local.platform or platform.machine()).partition("-")[0]
        if processor not in ("arm64", "aarch64"):
            return lambda_.Architecture.X86_64
    return lambda_.Architecture.ARM_64
