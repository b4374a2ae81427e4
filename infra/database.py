"""PostgreSQL, the one source of truth: RDS on AWS, whatever the local cloud names otherwise."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.findings import acknowledge
from infra.logs import log_group
from infra.network import Network
from infra.settings import Stage

PORT = 5432
USER = "darkroom"
DATABASE = "darkroom"
ROTATION = Duration.days(30)


class Database(Construct):
    """An RDS instance that only the data zone reaches, its password in Secrets Manager and changed
    every 30 days."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, network: Network
    ) -> None:
        super().__init__(scope, construct_id)
        name = f"darkroom-{stage.name}"
        # RDS would make this group itself, and keep the logs for ever.
        logs = log_group(self, "Log", stage=stage, name=f"/aws/rds/instance/{name}/postgresql")
        group = ec2.SecurityGroup(
            self, "Group", vpc=network.vpc, description="PostgreSQL", allow_all_outbound=False
        )
        network.open_to(group, ec2.Port.tcp(PORT), "PostgreSQL")
        engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_18)
        removal_policy = RemovalPolicy.SNAPSHOT if stage.keep_data else RemovalPolicy.DESTROY
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
            security_groups=[group],
            publicly_accessible=False,
            multi_az=stage.instance.multi_az,
            storage_type=rds.StorageType.GP3,
            allocated_storage=stage.instance.storage,
            max_allocated_storage=stage.instance.storage_limit,
            storage_encrypted=True,
            backup_retention=Duration.days(stage.instance.backup_days),
            copy_tags_to_snapshot=True,
            delete_automated_backups=not stage.keep_data,
            deletion_protection=stage.keep_data,
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
        self._rotate(network)
        acknowledge(self.instance, {"RDS11": "The port is no secret; no route leads to it."})
        if not stage.keep_data:
            acknowledge(
                self.instance,
                {
                    "RDS3": "One zone is enough where the data may be lost.",
                    "RDS10": "A stage whose data may be lost can be deleted in one go.",
                },
            )

    @property
    def environment(self) -> dict[str, str]:
        """How a function learns where the database is."""
        return {"DATABASE_SECRET_ARN": self._secret.secret_arn}

    def grant_connect(self, role: iam.IGrantable) -> None:
        """Allows reading the credentials; the network lets the data zone through."""
        role.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["secretsmanager:GetSecretValue"], resources=[self._secret.secret_arn]
            )
        )

    def _rotate(self, network: Network) -> None:
        self._secret.add_rotation_schedule(
            "Rotation",
            automatically_after=ROTATION,
            hosted_rotation=secretsmanager.HostedRotation.postgre_sql_single_user(
                vpc=network.vpc,
                vpc_subnets=network.subnets,
                security_groups=[network.functions],
            ),
        )


class LocalDatabase:
    """A database that is there already; its address is all there is to know."""

    def __init__(self, url: str) -> None:
        self.environment = {"DATABASE_URL": url}

    def grant_connect(self, role: iam.IGrantable) -> None:
        """Nothing to grant: the address carries the credentials."""
