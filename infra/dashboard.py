"""One page that shows whether the system does its work: what users see, then the machines."""

from collections.abc import Iterable, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.database import Database
from infra.http_api import HttpApi
from infra.queues import WorkQueue
from infra.settings import Stage

PERIOD = Duration.minutes(5)
HALF, HEIGHT = 12, 6
"""Of CloudWatch's grid, 24 wide."""

ENDS = ("completed", "rejected")
CODES = (
    "succeeded",
    "not_found",
    "forbidden",
    "timeout",
    "rate_limited",
    "unreachable",
    "invalid_url",
    "blocked_address",
    "too_large",
    "not_an_image",
    "unsupported_format",
    "corrupt_image",
    "too_many_pixels",
    "storage_error",
    "internal_error",
)
UPLOADS = ("succeeded", "limited", "refused", "away")
RESULTS = ("2xx", "3xx", "4xx", "5xx", "timeout", "unreachable", "blocked_address")


def figure(
    stage: Stage, name: str, *, service: str, statistic: str = "Sum", **dimensions: str
) -> cloudwatch.Metric:
    """One of the figures that the functions write into their logs."""
    return cloudwatch.Metric(
        namespace=f"Darkroom/{stage.name}",
        metric_name=name,
        dimensions_map={"service": service, **dimensions},
        statistic=statistic,
        period=PERIOD,
    )


class Dashboard(Construct):
    """The stage's dashboard, named after it."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._page = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"darkroom-{stage.name}",
            default_interval=Duration.hours(12),
        )

    def show_work(self) -> None:
        """What users came for."""
        jobs = [self._figure("Jobs", "finisher", status=status) for status in ENDS]
        jobs.append(self._figure("Jobs", "ingest", status="rejected"))
        images = [self._figure("Images", "processor", code=code) for code in CODES]
        images.append(self._figure("Images", "recorder", code="internal_error"))
        before, after = (self._figure(f"{side}Bytes", "processor") for side in ("Input", "Output"))
        saved = cloudwatch.MathExpression(
            expression="100 * (before - after) / before",
            using_metrics={"before": before, "after": after},
            label="bytes saved, %",
            period=PERIOD,
        )
        self._row(
            self._graph("Jobs ended", jobs, stacked=True),
            self._graph("Images by outcome", images, stacked=True),
        )
        self._row(
            self._graph("Bytes in and out", [before, after], right=[saved]),
            self._graph(
                "Seconds from a job's creation to its result",
                [self._figure("JobTime", "finisher", statistic=each) for each in ("p50", "p95")],
            ),
        )
        times = ("FetchTime", "CodecTime", "StoreTime")
        self._row(
            self._graph(
                "Milliseconds of an image",
                [
                    self._figure(name, "processor", statistic=statistic)
                    for name in times
                    for statistic in ("p50", "p95")
                ],
            ),
            self._graph(
                "Webhooks by answer",
                [self._figure("DeliveryAttempts", "notifier", result=each) for each in RESULTS],
                stacked=True,
            ),
        )

    def show_cloudinary(self) -> None:
        """What the account at Cloudinary takes."""
        self._row(
            self._graph(
                "Uploads to Cloudinary",
                [self._figure("CloudinaryUploads", "processor", result=each) for each in UPLOADS],
                stacked=True,
            ),
            self._graph(
                "Cloudinary's rate limit, and what is left of it",
                [
                    self._figure("CloudinaryRateLimit", "processor", statistic="Minimum"),
                    self._figure("CloudinaryRemaining", "processor", statistic="Minimum"),
                ],
            ),
        )

    def show_queues(self, queues: Iterable[WorkQueue]) -> None:
        """What waits, and for how long."""
        all_ = list(queues)
        age = [
            each.main.metric_approximate_age_of_oldest_message(period=PERIOD, label=each.name)
            for each in all_
        ]
        waiting = [
            each.main.metric_approximate_number_of_messages_visible(period=PERIOD, label=each.name)
            for each in all_
        ]
        dead = [
            each.dead.metric_approximate_number_of_messages_visible(
                period=PERIOD, label=f"{each.name} dead"
            )
            for each in all_
        ]
        self._row(
            self._graph("Age of the oldest message, seconds", age),
            self._graph("Messages waiting", waiting, right=dead),
        )

    def show_functions(self, functions: dict[str, lambda_.Function]) -> None:
        """How the functions do."""
        several = functions.items()
        errors = [each.metric_errors(period=PERIOD, label=name) for name, each in several]
        refused = [
            each.metric_throttles(period=PERIOD, label=f"{name} throttled")
            for name, each in several
        ]
        durations = [
            each.metric_duration(period=PERIOD, statistic="p95", label=name)
            for name, each in several
        ]
        at_once = [
            each.metric("ConcurrentExecutions", period=PERIOD, statistic="Maximum", label=name)
            for name, each in several
        ]
        repairs = cloudwatch.MathExpression(
            expression=(
                f"SEARCH('{{Darkroom/{self._stage.name},service,duty}} "
                "MetricName=\"Repairs\"', 'Sum')"
            ),
            using_metrics={},
            label="",
            period=PERIOD,
        )
        self._row(
            self._graph("Errors and throttles", [*errors, *refused]),
            self._graph(
                "What the janitor had to do, and messages put aside",
                [repairs, self._figure("MessagesPutAside", "recorder")],
            ),
        )
        self._row(
            self._graph("Duration p95, milliseconds", durations),
            self._graph("Invocations at once", at_once),
        )

    def show_front(self, http_api: HttpApi, database: Database) -> None:
        """The API, and the database behind everything."""
        api, instance = http_api.api, database.instance
        self._row(
            self._graph(
                "API requests and errors",
                [
                    api.metric_count(period=PERIOD, label="requests"),
                    api.metric_client_error(period=PERIOD, label="4xx"),
                    api.metric_server_error(period=PERIOD, label="5xx"),
                ],
                right=[api.metric_latency(period=PERIOD, statistic="p95", label="latency p95, ms")],
            ),
            self._graph(
                "Database",
                [
                    instance.metric_cpu_utilization(period=PERIOD, label="CPU, %"),
                    instance.metric_database_connections(period=PERIOD, label="connections"),
                ],
                right=[instance.metric_free_storage_space(period=PERIOD, label="free bytes")],
            ),
        )

    def _figure(
        self, name: str, service: str, *, statistic: str = "Sum", **dimensions: str
    ) -> cloudwatch.Metric:
        label = next(iter(dimensions.values()), name)
        if statistic != "Sum":
            label += f" {statistic}"
        metric = figure(self._stage, name, service=service, statistic=statistic, **dimensions)
        return metric.with_(label=label)

    def _row(self, *widgets: cloudwatch.IWidget) -> None:
        self._page.add_widgets(*widgets)

    def _graph(
        self,
        title: str,
        left: Sequence[cloudwatch.IMetric],
        *,
        right: Sequence[cloudwatch.IMetric] = (),
        stacked: bool = False,
    ) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title=title,
            left=list(left),
            right=list(right),
            stacked=stacked,
            width=HALF,
            height=HEIGHT,
        )
