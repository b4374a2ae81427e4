"""Puts the campaign between a deployed cloud's functions and AWS, and makes its waits short."""

from collections.abc import Mapping

from mypy_boto3_lambda.client import LambdaClient
from mypy_boto3_sqs.client import SQSClient

from localcloud import cdk
from localcloud.stack import Stack

FUNCTIONS = ("api", "ingest", "processor", "recorder", "finisher", "notifier", "janitor")

TIMEOUTS = {"ingest": 75, "processor": 70, "recorder": 8, "finisher": 8, "notifier": 20}
"""Seconds in place of up to 900, so that what is frozen is found out. Ingest and processor hand the
rest of their work on a minute before theirs."""

INVISIBLE = {"uploads": 15, "images": 20, "outcomes": 10, "finished": 10, "deliveries": 22}
"""Seconds in place of up to 5,400 until the messages of a function that was killed come again."""

PROCESSORS = 12
"""At once, in place of one for each core: most of their time they wait, for sources that do not
answer and for services that are away."""

WORK = ("uploads", "images", "outcomes", "finished", "deliveries")


class Deployment:
    """The functions and queues of one local cloud."""

    def __init__(self, stack: Stack) -> None:
        endpoint_url = stack.aws_endpoint_url
        session = cdk.session()
        self._lambda: LambdaClient = session.client("lambda", endpoint_url=endpoint_url)
        self._sqs: SQSClient = session.client("sqs", endpoint_url=endpoint_url)
        self._queues = stack.queues
        self.functions = self._names()

    def divert(self, taps: Mapping[str, str]) -> None:
        """Makes the functions call S3 and SQS through their taps.

        Args:
            taps: the address for each function.
        """
        for name, url in taps.items():
            function = self.functions[name]
            configured = self._lambda.get_function_configuration(FunctionName=function)
            variables = dict(configured["Environment"]["Variables"])
            variables |= {"AWS_ENDPOINT_URL_S3": url, "AWS_ENDPOINT_URL_SQS": url}
            self._lambda.update_function_configuration(
                FunctionName=function,
                Environment={"Variables": variables},
                Timeout=TIMEOUTS.get(name, configured["Timeout"]),
            )

    def hurry(self) -> None:
        """Makes the queues hand unfinished messages out again within seconds, and images to more
        processors at once."""
        for name, seconds in INVISIBLE.items():
            self._sqs.set_queue_attributes(
                QueueUrl=self._queues[name], Attributes={"VisibilityTimeout": str(seconds)}
            )
        [source] = self._lambda.list_event_source_mappings(
            FunctionName=self.functions["processor"]
        )["EventSourceMappings"]
        self._lambda.update_event_source_mapping(
            UUID=source["UUID"], ScalingConfig={"MaximumConcurrency": PROCESSORS}
        )

    def send(self, queue: str, body: str) -> None:
        """Puts a message on a queue."""
        self._sqs.send_message(QueueUrl=self._queues[queue], MessageBody=body)

    def waiting(self) -> dict[str, int]:
        """Messages on each queue that has any: waiting, delayed, or in somebody's hands."""
        depths = {name: self._depth(name) for name in (*WORK, "images-dead", "deliveries-dead")}
        return {name: depth for name, depth in depths.items() if depth}

    def dead_letters(self) -> list[tuple[str, str]]:
        """Queue and body of every message in any dead-letter queue."""
        found: list[tuple[str, str]] = []
        for name in WORK:
            url = self._queues[f"{name}-dead"]
            while messages := self._sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600
            ).get("Messages"):
                found += [(name, message["Body"]) for message in messages]
        return found

    def run_janitor(self) -> None:
        """One round, besides those of the schedule."""
        self._lambda.invoke(FunctionName=self.functions["janitor"])

    def _depth(self, name: str) -> int:
        counts = self._sqs.get_queue_attributes(
            QueueUrl=self._queues[name],
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesDelayed",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
        return sum(int(count) for count in counts.values())

    def _names(self) -> dict[str, str]:
        found = {}
        for page in self._lambda.get_paginator("list_functions").paginate():
            for each in page["Functions"]:
                variables = each.get("Environment", {}).get("Variables", {})
                found[variables.get("POWERTOOLS_SERVICE_NAME", "")] = each["FunctionName"]
        return {name: found[name] for name in FUNCTIONS}
