"""The services that the stack needs of an emulator, each asked by one cheap call."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

S3 = "S3 with notifications to SQS"
SQS = "SQS"
LAMBDA = "Lambda functions"
MAPPINGS = "event source mappings from SQS to Lambda"
HTTP_APIS = "HTTP APIs (API Gateway v2)"

FAILURES = (ClientError, BotoCoreError, ResponseParserError)
"""Of a call; the last is what a service that is not there answers, in another format."""

REASON = 200
"""Characters of an emulator's own words at most."""


@dataclass(frozen=True)
class Missing:
    """Something that the stack needs and the emulator lacks, and what it said of that."""

    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what} ({self.reason})"


@dataclass(frozen=True)
class Need:
    """One service. A listing says that the emulator has it; that it works, only a trial says."""

    what: str
    service: str
    call: str


NEEDS = (
    Need("STS", "sts", "get_caller_identity"),
    Need("IAM", "iam", "list_roles"),
    Need("SSM parameters", "ssm", "describe_parameters"),
    Need("CloudFormation", "cloudformation", "list_stacks"),
    Need("CloudWatch Logs", "logs", "describe_log_groups"),
    Need(S3, "s3", "list_buckets"),
    Need(SQS, "sqs", "list_queues"),
    Need(LAMBDA, "lambda", "list_functions"),
    Need(MAPPINGS, "lambda", "list_event_source_mappings"),
    Need(HTTP_APIS, "apigatewayv2", "get_apis"),
    Need("EventBridge rules", "events", "list_rules"),
    Need("Secrets Manager", "secretsmanager", "list_secrets"),
)


def missing(client: Callable[[str], Any]) -> Iterator[Missing]:
    """Those that do not answer.

    Args:
        client: makes the client of a service by its name.
    """
    for need in NEEDS:
        try:
            getattr(client(need.service), need.call)()
        except FAILURES as error:
            yield Missing(need.what, reason(error))


def reason(error: Exception) -> str:
    """What an emulator said, on one line."""
    said = str(error)
    if isinstance(error, ClientError):
        said = error.response.get("Error", {}).get("Message") or said
    text = " ".join(said.split()).rstrip(".")
    return text if len(text) <= REASON else f"{text[:REASON]}…"
