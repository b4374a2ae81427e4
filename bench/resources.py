"""What one resource of a template costs in a month in which nothing happens.

At the list prices of ``bench/prices.py``. A type of resource that is neither priced nor listed as
free is an error, and so is a property that would make one cost more than is computed here: nobody
adds a cost unseen.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench import prices

Properties = Mapping[str, Any]
Resources = Mapping[str, Any]
"""A template's, by logical id."""

POLLERS = 5
"""Connections that Lambda holds to each queue, however empty it is
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html)."""
POLL_SECONDS = 20
"""How long each of them waits for a message."""

ROUND_SECONDS = 0.2
"""Of a scheduled function that finds nothing to do: a dozen statements, each a few milliseconds.
Assumed; a whole second would be 23 cents more a month."""
ROUND_LOG_BYTES = 1_000
"""A line of its own, and Lambda's three."""

MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}


class UnpricedError(Exception):
    """Nobody has said what a resource costs."""


@dataclass(frozen=True)
class Charge:
    """A line of the month's bill.

    Attributes:
        what: is paid for.
        amount, unit: how much of it in a month.
        price: of one unit, in dollars.
    """

    what: str
    amount: float
    unit: str
    price: float

    @property
    def dollars(self) -> float:
        return self.amount * self.price

    def __str__(self) -> str:
        if self.price < 0.0001:
            amount = f"{self.amount / prices.MILLION:.2g} million {self.unit}"
            return f"{amount} × ${self.price * prices.MILLION:.2f} = ${self.dollars:.2f}"  # noqa: RUF001
        exact = f"{self.price:.3f}".removesuffix("0")
        amount = f"{self.amount:,g} {self.unit}".rstrip()
        return f"{amount} × ${exact} = ${self.dollars:.2f}"  # noqa: RUF001


def of_resource(name: str, resources: Resources) -> Iterator[Charge]:
    """What one resource costs in a month without a job.

    Args:
        name: its logical id.
        resources: the template's, which it may refer to.

    Raises:
        UnpricedError: nobody has looked it up.
    """
    kind: str = resources[name]["Type"]
    properties: Properties = resources[name].get("Properties", {})
    for option, free in FREE_ONLY_AS.get(kind, {}).items():
        if properties.get(option, free) != free:
            raise UnpricedError(
                f"{name} ({kind}) sets {option}, which costs money: say in bench/resources.py how "
                "much."
            )
    if kind in PRICED:
        yield from PRICED[kind](name, properties, resources)
    elif kind not in FREE and not kind.startswith("Custom::"):
        raise UnpricedError(
            f"{name} is of the type {kind}, which bench/resources.py does not know: give it a "
            "price there, or list it as free."
        )


def _database(name: str, properties: Properties, _: Resources) -> Iterator[Charge]:
    zones = 2 if properties.get("MultiAZ") else 1
    instance, storage = properties["DBInstanceClass"], properties["StorageType"]
    yield Charge(
        "PostgreSQL (RDS): the instance, for each zone",
        zones * prices.MONTH_HOURS,
        f"h of {instance}",
        _price(prices.RDS_HOUR, instance, name),
    )
    yield Charge(
        "PostgreSQL (RDS): its disk, for each zone",
        zones * float(properties["AllocatedStorage"]),
        "GB",
        _price(prices.RDS_GB_MONTH, storage, name),
    )


def _endpoint(_: str, properties: Properties, __: Resources) -> Iterator[Charge]:
    if properties["VpcEndpointType"] == "Gateway":
        return  # those of S3 are free
    hours = len(properties["SubnetIds"]) * prices.MONTH_HOURS
    yield Charge("Interface endpoints, for each subnet", hours, "h", prices.ENDPOINT_HOUR)


def _alarm(name: str, properties: Properties, _: Resources) -> Iterator[Charge]:
    looked_at = [each for each in properties.get("Metrics", ()) if "MetricStat" in each]
    periods = [each["MetricStat"]["Period"] for each in looked_at] or [properties["Period"]]
    if min(periods) < 60 or "ThresholdMetricId" in properties:
        raise UnpricedError(f"{name} is an alarm of a kind that costs more: price it.")
    yield Charge("Alarms, for each metric", len(periods), "metrics", prices.ALARM_METRIC_MONTH)


def _polling(name: str, properties: Properties, resources: Resources) -> Iterator[Charge]:
    source = properties["EventSourceArn"]["Fn::GetAtt"][0]
    if resources[source]["Type"] != "AWS::SQS::Queue":
        raise UnpricedError(f"{name} polls {source}, which is no queue: price it.")
    requests = POLLERS * prices.MONTH_MINUTES * 60 / POLL_SECONDS
    yield Charge("Polling of empty queues (SQS)", requests, "requests", prices.SQS_REQUEST)


def _schedule(name: str, properties: Properties, resources: Resources) -> Iterator[Charge]:
    if "ScheduleExpression" not in properties:
        return  # it waits for something to happen
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", properties["ScheduleExpression"])
    if not found:
        raise UnpricedError(f"{name} runs at {properties['ScheduleExpression']}: count how often.")
    runs = prices.MONTH_MINUTES / (int(found[1]) * MINUTES[found[2]])
    for target in properties["Targets"]:
        function = resources[target["Arn"]["Fn::GetAtt"][0]]["Properties"]
        gigabytes = function["MemorySize"] / prices.GIB
        run = (
            ROUND_SECONDS * gigabytes * prices.LAMBDA_GB_SECOND
            + prices.LAMBDA_REQUEST
            + prices.TRACE  # of so few each is recorded
            + ROUND_LOG_BYTES / 1e9 * prices.LOGS_GB
        )
        who = function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        yield Charge(f"Scheduled runs of the {who}", runs, "runs", run)


def _each(what: str, price: float) -> "Price":
    """One resource of this type costs so much a month, whatever it is set to."""

    def of(_: str, __: Properties, ___: Resources) -> Iterator[Charge]:
        yield Charge(what, 1, "", price)

    return of


def _price(listed: Mapping[str, float], what: str, name: str) -> float:
    if what not in listed:
        raise UnpricedError(f"{name} is {what}: look its price up for bench/prices.py.")
    return listed[what]


Price = Callable[[str, Properties, Mapping[str, Any]], Iterator[Charge]]

PRICED: dict[str, Price] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::CompositeAlarm": _each("Composite alarms", prices.COMPOSITE_ALARM_MONTH),
    "AWS::CloudWatch::Dashboard": _each("Dashboards", prices.DASHBOARD_MONTH),
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::Events::Rule": _schedule,
    "AWS::KMS::Key": _each("Encryption keys (KMS)", prices.KEY_MONTH),
    "AWS::Lambda::EventSourceMapping": _polling,
    "AWS::RDS::DBInstance": _database,
    "AWS::SecretsManager::Secret": _each("Secrets", prices.SECRET_MONTH),
}
"""Types of resources that are paid for while nothing happens."""

FREE = {
    # Paid by the request, the second or the gigabyte.
    "AWS::ApiGatewayV2::Api",
    "AWS::CloudFront::Distribution",
    "AWS::EC2::FlowLog",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    # Settings of others.
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CertificateManager::Certificate",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Function",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::MetricFilter",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::RDS::EventSubscription",
    "AWS::Route53::RecordSet",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::SecretsManager::SecretTargetAttachment",
}
"""Types of resources that cost nothing while nothing happens."""

FREE_ONLY_AS: dict[str, dict[str, object]] = {
    "AWS::Lambda::Alias": {"ProvisionedConcurrencyConfig": None},
    "AWS::Lambda::EventSourceMapping": {"ProvisionedPollerConfig": None},
    "AWS::Lambda::Function": {"SnapStart": None},
    "AWS::Lambda::Version": {"ProvisionedConcurrencyConfig": None},
    "AWS::RDS::DBInstance": {
        "Iops": None,
        "StorageThroughput": None,
        "PerformanceInsightsRetentionPeriod": 7,
        "MonitoringInterval": 0,
    },
}
"""Properties that cost nothing in one way, left out or set to this, and something in any other."""
