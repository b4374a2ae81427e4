"""PostgreSQL, the one source of truth: RDS on AWS, whatever the local cloud names otherwise."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct, IDependable

from infra.findings import acknowledge
from infra.logs import log_group_of_aws
from infra.network import Network
from infra.settings import Stage

PORT = 5432
USER = "darkroom"
DATABASE = "darkroom"
ROTATION = Duration.days(30)


class Database(Construct):
    """An RDS instance that only the data zone reaches, its password in Secrets Manager and changed
    every 30 days.

    Attributes:
        instance: the RDS instance.
        group: its security group, which lets the data zone's functions in.
        rotation: name of the function that changes the password.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, network: Network
    ) -> None:
        super().__init__(scope, construct_id)
        name = f"darkroom-{stage.name}"
        self.rotation = f"{name}-rotation"
        logs = log_group_of_aws(
            self, "Log", stage=stage, name=f"/aws/rds/instance/{name}/postgresql"
        )
        self.group = ec2.SecurityGroup(
            self, "Group", vpc=network.vpc, description="PostgreSQL", allow_all_outbound=False
        )
        network.open_to(self.group, ec2.Port.tcp(PORT), "PostgreSQL")
        engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_18)
        # A first deploy that fails leaves nothing, not even a snapshot of an empty database.
        removal_policy = RemovalPolicy.SNAPSHOT if stage.is_protected else RemovalPolicy.DESTROY
        self.instance = rds.DatabaseInstance(
            self,
            "Instance",
            instance_identifier=name,
            engine=engine,
            instance_type=ec2.InstanceType(stage.instance.type),
            parameter_group=rds.ParameterGroup(
                self,
                "Parameters",
                engine=engine,
                description="Darkroom",
                parameters={
                    "rds.force_ssl": "1",
                    "log_min_duration_statement": "1000",
                    "log_parameter_max_length": "0",  # a slow statement's values may be secrets
                    "log_lock_waits": "1",
                },
            ),
            database_name=DATABASE,
            credentials=rds.Credentials.from_generated_secret(USER),
            port=PORT,
            vpc=network.vpc,
            vpc_subnets=network.subnets,
            security_groups=[self.group],
            publicly_accessible=False,
            multi_az=stage.instance.multi_az,
            storage_type=rds.StorageType.GP3,
            allocated_storage=stage.instance.storage,
            max_allocated_storage=stage.instance.storage_limit,
            storage_encrypted=True,
            backup_retention=Duration.days(stage.instance.backup_days),
            copy_tags_to_snapshot=True,
            delete_automated_backups=not stage.is_protected,
            deletion_protection=stage.is_protected,
            removal_policy=removal_policy,
            auto_minor_version_upgrade=True,
            database_insights_mode=rds.DatabaseInsightsMode.STANDARD,
            enable_performance_insights=True,
            cloudwatch_logs_exports=["postgresql"],
        )
        self.instance.node.add_dependency(logs)
        if self.instance.secret is None:
            raise TypeError("generated credentials are a secret")
        self._secret: secretsmanager.ISecret = self.instance.secret
        acknowledge(self.instance, {"RDS11": "The port is no secret; no route leads to it."})
        if not stage.keep_data:
            acknowledge(self.instance, {"RDS3": "One zone is enough where the data may be lost."})
        if not stage.is_protected:
            acknowledge(
                self.instance,
                {"RDS10": "No data that must be kept: a stage for trying, or a first deploy."},
            )

    @property
    def environment(self) -> dict[str, str]:
        """How a function learns where the database is."""
        return {"DATABASE_SECRET_ARN": self._secret.secret_arn}

    @property
    def outputs(self) -> dict[str, str]:
        """How an operator finds the instance and its password."""
        return {
            "DatabaseInstance": self.instance.instance_identifier,
            "DatabaseSecret": self._secret.secret_arn,
        }

    def grant_connect(self, role: iam.IGrantable) -> None:
        """Allows reading the credentials; the network lets the data zone through."""
        role.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["secretsmanager:GetSecretValue"], resources=[self._secret.secret_arn]
            )
        )

    def rotate(self, stage: Stage, network: Network, *, after: IDependable) -> None:
        """Changes the password every 30 days, for the first time 30 days from now.

        Args:
            after: what must have connected before; a password that changes beside the first
                migration can fail it.
        """
        log = log_group_of_aws(
            self, "RotationLog", stage=stage, name=f"/aws/lambda/{self.rotation}"
        )
        schedule = self._secret.add_rotation_schedule(
            "Rotation",
            automatically_after=ROTATION,
            rotate_immediately_on_update=False,
            hosted_rotation=secretsmanager.HostedRotation.postgre_sql_single_user(
                function_name=self.rotation,
                vpc=network.vpc,
                vpc_subnets=network.subnets,
                security_groups=[network.functions],
            ),
        )
        schedule.node.add_dependency(log, after)


class LocalDatabase:
    """A database that is there already; its address is all there is to know."""

    def __init__(self, url: str) -> None:
        self.environment = {"DATABASE_URL": url}
        self.outputs: dict[str, str] = {}

    def grant_connect(self, role: iam.IGrantable) -> None:
        """Nothing to grant: the address carries the credentials."""
