"""What a person must hear of, all through one topic."""

from collections.abc import Iterable

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.alarm_topic import encrypted_topic
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

NEARLY_FULL = 20
"""Heard of when less than a twentieth of the first disk is free. RDS grows the disk as soon as less
than a tenth of it is, so this says that it does not. That the limit is near is among its events."""

EVENTS = (
    "availability",
    "failover",
    "failure",
    "low storage",
    "maintenance",
    "notification",
    "recovery",
)
"""Categories of RDS's events that a person should hear of:
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html"""

ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class Alarms(Construct):
    """Alarms on dead letters, waiting messages, failing functions, the database and the API."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._topic = encrypted_topic(self)
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
                f"{name.capitalize()}Recursion",
                f"Lambda has dropped messages to {name} as a loop",
                function.metric("RecursiveInvocationsDropped", period=PERIOD, statistic="Sum"),
                0,
                page="messages-dropped-as-a-loop",
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
            "The database's disk has not grown in time",
            database.instance.metric_free_storage_space(period=PERIOD, statistic="Minimum"),
            storage_gib * 2**30 // NEARLY_FULL,
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
        self._alarm(
            "RotationErrors",
            "The database's password could not be changed",
            cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name="Errors",
                dimensions_map={"FunctionName": database.rotation},
                period=PERIOD,
                statistic="Sum",
            ),
            0,
            page="the-password-could-not-be-changed",
        )
        self._hear_of_events(database)

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

    def _hear_of_events(self, database: Database) -> None:
        """What RDS says by itself: that it cannot grow the disk further, that it fails over."""
        events.Rule(
            self,
            "DatabaseEvents",
            description="Darkroom: what RDS says about the database",
            event_pattern=events.EventPattern(
                source=["aws.rds"],
                detail_type=["RDS DB Instance Event"],
                resources=[database.instance.instance_arn],
                detail={"EventCategories": list(EVENTS)},
            ),
            targets=[targets.SnsTopic(self._topic)],
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
