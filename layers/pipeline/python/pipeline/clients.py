"""Every client of an AWS service that a function uses, made in one place.

Two things must not be left to boto3's defaults: how long a call may hang, and which host an address
of S3 names. A service that is used here needs an endpoint in the data zone's network, too
(``infra/network.py``; ``tests/infra/test_clients.py`` holds the two to each other).
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CONNECTIONS = 10
"""Calls at once with one client, as botocore has it: further threads wait for a connection."""

S3_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""By these variables boto3 sends S3's calls elsewhere than to AWS: to an emulator."""


@dataclass(frozen=True)
class AwsTimeouts:
    """How long one call of an AWS service may take. boto3's defaults are five minutes for a call
    that hangs: longer than most functions live, and one that Lambda ends reports nothing.

    Attributes:
        connect: seconds until a connection stands.
        read: seconds between two signs of life on it.
        attempts: the first one counted.
    """

    connect: float
    read: float
    attempts: int

    @property
    def longest(self) -> float:
        """Seconds that a call without an answer lasts at most: its attempts, and the pauses between
        them, which are up to 1, 2, 4 … s in botocore's standard mode."""
        return self.attempts * (self.connect + self.read) + 2.0 ** (self.attempts - 1) - 1

    def config(self, **more: Any) -> Config:  # noqa: ANN401 (whatever botocore takes)
        """For ``boto3.client``. ``more`` is what else the client is told."""
        return Config(
            connect_timeout=self.connect,
            read_timeout=self.read,
            retries={"mode": "standard", "total_max_attempts": self.attempts},
            **more,
        )


OPTIONAL = AwsTimeouts(connect=1, read=2, attempts=1)
"""For an answer that one can do without."""

CREDENTIALS = AwsTimeouts(connect=2, read=3, attempts=2)
"""For the database's password: who asks the API is answered before API Gateway gives up."""

SHORT = AwsTimeouts(connect=1, read=3, attempts=3)
"""Where somebody waits, or other waits come before and after."""

STORE = AwsTimeouts(connect=2, read=5, attempts=3)
"""For an image on its way into a bucket."""

LONG = AwsTimeouts(connect=2, read=10, attempts=5)
"""For those that have a quarter of an hour, and whose message is dead after five failures."""


def s3(
    timeouts: AwsTimeouts, *, connections: int = CONNECTIONS, endpoint_url: str | None = None
) -> "S3Client":
    """A client of S3. Pre-signed addresses and plain calls name the same host.

    On AWS that is the bucket's own host in its region, ``bucket.s3.eu-central-1.amazonaws.com``.
    boto3 would sign for ``bucket.s3.amazonaws.com``, which answers for a bucket of another region
    with a redirect for up to a day, and never learns of one in a newer region
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html). A browser drops the
    form or the CORS headers on such a redirect, and the signature is for another host.

    Where the environment names an endpoint, an emulator's, the bucket is the first part of the
    path: a host like ``bucket.localhost`` is one that few resolvers know.

    Args:
        endpoint_url: an emulator's, in place of the one that the environment names.
    """
    elsewhere = endpoint_url or any(os.environ.get(name) for name in S3_ENDPOINTS)
    style = "path" if elsewhere else "virtual"
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        config=timeouts.config(
            max_pool_connections=connections,
            # In us-east-1 boto3 would sign by version 2, which newer buckets refuse.
            signature_version="s3v4",
            s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional"},
        ),
    )


def sqs(timeouts: AwsTimeouts, *, connections: int = CONNECTIONS) -> "SQSClient":
    """A client of SQS, which threads may share."""
    return boto3.client("sqs", config=timeouts.config(max_pool_connections=connections))


def secrets_manager(timeouts: AwsTimeouts) -> "SecretsManagerClient":
    """A client of Secrets Manager."""
    return boto3.client("secretsmanager", config=timeouts.config())
