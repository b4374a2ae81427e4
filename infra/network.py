"""The data zone's network: isolated subnets without any route to the internet."""

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.logs import log_group
from infra.settings import Stage

HTTPS = ec2.Port.HTTPS


class Network(Construct):
    """Two availability zones, and endpoints for the three AWS services that the data zone calls.

    An interface endpoint is paid for each zone that it stands in. Where data may be lost it stands
    in one, which the functions of the other zone reach as well, for a cent a gigabyte.

    Attributes:
        vpc, subnets: where functions and the database go.
        functions: the security group of every data-zone function.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=None if stage.availability_zones else 2,
            availability_zones=list(stage.availability_zones) or None,
            nat_gateways=0,
            create_internet_gateway=False,
            # Nothing uses the default group, and emptying it takes one more function that may.
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24
                )
            ],
        )
        self.functions = self._group("FunctionsGroup", "Data-zone functions")
        # Prefix lists cannot be named without asking AWS, so this says any address; the route
        # tables know only the VPC and S3.
        self.functions.add_egress_rule(ec2.Peer.any_ipv4(), HTTPS, "S3 and the interface endpoints")

        s3 = self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        s3.add_to_policy(self._own_resources_only("s3:*"))
        group = self._group("EndpointsGroup", "Interface endpoints")
        # EC2 takes few characters in descriptions of groups and rules, and no apostrophe.
        group.add_ingress_rule(self.functions, HTTPS, "From functions of the data zone")
        services = ec2.InterfaceVpcEndpointAwsService
        self._endpoint("Sqs", services.SQS, group, stage, self._own_resources_only("sqs:*"))
        self._endpoint(
            "Secrets",
            services.SECRETS_MANAGER,
            group,
            stage,
            self._own_resources_only("secretsmanager:*"),
            # The rotation asks for it. It reads no secret, so it belongs to no account.
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["secretsmanager:GetRandomPassword"],
                resources=["*"],
            ),
        )
        self._log_what_is_refused(stage)

    def open_to(self, group: ec2.ISecurityGroup, port: ec2.Port, why: str) -> None:
        """Lets the data zone's functions connect to the members of ``group``."""
        self.functions.add_egress_rule(group, port, why)
        group.add_ingress_rule(self.functions, port, why)

    def _endpoint(
        self,
        name: str,
        service: ec2.IInterfaceVpcEndpointService,
        group: ec2.ISecurityGroup,
        stage: Stage,
        *policy: iam.PolicyStatement,
    ) -> None:
        subnets = self.subnets
        if not stage.keep_data:
            subnets = ec2.SubnetSelection(subnets=self.vpc.isolated_subnets[:1])
        endpoint = self.vpc.add_interface_endpoint(
            name, service=service, open=False, security_groups=[group], subnets=subnets
        )
        for statement in policy:
            endpoint.add_to_policy(statement)

    def _group(self, construct_id: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            self,
            construct_id,
            vpc=self.vpc,
            description=description,
            allow_all_outbound=False,
        )

    def _own_resources_only(self, actions: str) -> iam.PolicyStatement:
        """An endpoint must not be a way out through somebody else's bucket or queue. What each
        function may do with ours is said in its own role."""
        return iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=[actions],
            resources=["*"],
            conditions={"StringEquals": {"aws:ResourceAccount": Stack.of(self).account}},
        )

    def _log_what_is_refused(self, stage: Stage) -> None:
        """Refused traffic in a zone without a way out is either a mistake or an intrusion."""
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                log_group(self, "Refused", stage=stage)
            ),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
