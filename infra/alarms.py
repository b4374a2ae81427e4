"""What a person must hear of, all through one topic."""

from collections.abc import Iterable

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.dashboard import figure
from infra.database import Database
from infra.http_api import HttpApi
from infra.queues import WorkQueue
from infra.settings import Stage

PERIOD = Duration.minutes(5)

OLDEST = {"uploads": 30, "images": 360, "outcomes": 15, "finished": 30, "deliveries": 15}
"""Minutes that a queue's oldest message may wait. A million images rightly take hours."""

OURS = 10
"""Images within ``PERIOD`` that failed through our fault. A single one may be a hostile file."""

ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class Alarms(Construct):
    """Alarms on dead letters, waiting messages, failing functions, the database and the API."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._topic = self._encrypted_topic()
        if stage.alarm_email:
            self._topic.add_subscription(subscriptions.EmailSubscription(stage.alarm_email))

    def watch_queues(self, queues: Iterable[WorkQueue]) -> None:
        for queue in queues:
            self._alarm(
                f"{queue.name.capitalize()}Dead",
                f"Messages of {queue.name} have failed too often",
                queue.dead.metric_approximate_number_of_messages_visible(
                    period=PERIOD, statistic="Maximum"
                ),
                0,
                page="dead-letters",
            )
            self._alarm(
                f"{queue.name.capitalize()}Age",
                f"{queue.name} does not keep up",
                queue.main.metric_approximate_age_of_oldest_message(
                    period=PERIOD, statistic="Maximum"
                ),
                60 * OLDEST[queue.name],
                page="waiting-messages",
            )

    def watch_functions(self, functions: dict[str, lambda_.Function]) -> None:
        for name, function in functions.items():
            self._alarm(
                f"{name.capitalize()}Errors",
                f"{name} raises errors",
                function.metric_errors(period=PERIOD, statistic="Sum"),
                0,
                page="function-errors",
                periods=3,  # one that passes is repaired by the queue's next try
            )
            self._alarm(
                f"{name.capitalize()}Throttles",
                f"{name} is refused concurrency",
                function.metric_throttles(period=PERIOD, statistic="Sum"),
                0,
                page="function-throttles",
                periods=3,
            )
        self._alarm(
            "JanitorAbsent",
            "janitor has not run for ten minutes",
            functions["janitor"].metric_invocations(period=PERIOD, statistic="Sum"),
            1,
            page="the-janitor-does-not-run",
            periods=2,
            operator=BELOW,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )

    def watch_database(self, database: Database, *, storage_gib: int) -> None:
        self._alarm(
            "DatabaseStorage",
            "The database's disk is nine tenths full",
            database.instance.metric_free_storage_space(period=PERIOD, statistic="Minimum"),
            storage_gib * 2**30 // 10,
            page="the-database-is-full",
            operator=BELOW,
        )
        self._alarm(
            "DatabaseCpu",
            "The database has been busy for a quarter of an hour",
            database.instance.metric_cpu_utilization(period=PERIOD),
            85,
            page="the-database-is-busy",
            periods=3,
        )

    def watch_figures(self) -> None:
        """Failures that are ours and not the images'."""
        for name, service, code in (
            ("InternalErrors", "processor", "internal_error"),
            ("ImagesGivenUp", "recorder", "internal_error"),
            ("StorageErrors", "processor", "storage_error"),
        ):
            self._alarm(
                name,
                f"Images end with {code}",
                figure(self._stage, "Images", service=service, code=code),
                OURS,
                page="failures-that-are-ours",
            )

    def watch_api(self, http_api: HttpApi) -> None:
        self._alarm(
            "HttpErrors",
            "The API answers 5xx",
            http_api.api.metric_server_error(period=PERIOD, statistic="Sum"),
            5,
            page="the-api-answers-5xx",
        )

    def _alarm(
        self,
        construct_id: str,
        description: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        *,
        page: str,
        periods: int = 1,
        operator: cloudwatch.ComparisonOperator = ABOVE,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=f"{construct_id}: {description}. See docs/operations.md#{page}",
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=operator,
            treat_missing_data=missing,
        )
        action = actions.SnsAction(self._topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)

    def _encrypted_topic(self) -> sns.Topic:
        """With a key of our own: CloudWatch may not use the one that AWS keeps for SNS."""
        key = kms.Key(self, "Key", description="Darkroom alarms", enable_key_rotation=True)
        key.grant(
            iam.ServicePrincipal("cloudwatch.amazonaws.com"), "kms:Decrypt", "kms:GenerateDataKey*"
        )
        topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
            )
        )
        return topic
