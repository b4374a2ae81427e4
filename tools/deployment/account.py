"""The AWS account and region that this shell's settings lead to."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore import exceptions
from botocore.config import Config

from deployment.errors import DeploymentError

SIGN_IN = (
    "sign in (`aws sso login`, then AWS_PROFILE=…), or set AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY"
)
NO_REGION = "No region is set: set AWS_REGION, for example AWS_REGION=eu-central-1."

CONFIG = Config(
    connect_timeout=10, read_timeout=60, retries={"total_max_attempts": 4, "mode": "standard"}
)

UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}


@dataclass(frozen=True)
class Account:
    """A signed-in account.

    Attributes:
        number: of the account, twelve digits.
        who: ARN of the signed-in user or role.
        poll: seconds between two looks at something that takes minutes.
        endpoint_url: of an emulator; boto3 itself knows AWS's, and heeds AWS_ENDPOINT_URL.
    """

    session: boto3.Session
    number: str
    who: str
    region: str
    poll: float = 5.0
    endpoint_url: str | None = None

    def client(self, service: str, *, region: str | None = None) -> Any:  # noqa: ANN401 (any service)
        """A client of ``service``, in another region where that is the service's only one."""
        session: Any = self.session  # its types know each service by its literal name
        return session.client(
            service,
            region_name=region or self.region,
            endpoint_url=self.endpoint_url,
            config=CONFIG,
        )

    @property
    def environment(self) -> dict[str, str]:
        """For `cdk` and `aws`: boto3 and they would look for the region in different places."""
        return {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}


def sign_in(environment: Mapping[str, str] = os.environ) -> Account:
    """Finds out who asks.

    Raises:
        DeploymentError: there are no credentials, AWS does not accept them, or no region is set;
            one sentence for each.
    """
    try:
        session = boto3.Session()
        region = (
            environment.get("AWS_REGION")
            or environment.get("AWS_DEFAULT_REGION")
            or session.region_name
        )
        missing = [] if region else [NO_REGION]
        if session.get_credentials() is None:
            missing.insert(0, f"There are no AWS credentials in this shell: {SIGN_IN}.")
        if missing or not region:
            raise DeploymentError(" ".join(missing))
        _known(session, region)
        identity = session.client("sts", region_name=region, config=CONFIG).get_caller_identity()
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        raise DeploymentError(explain(error)) from error
    return Account(session, identity["Account"], identity["Arn"], region)


def explain(error: Exception) -> str:
    """What a failed call to AWS means for the person who asked, in one sentence."""
    if isinstance(error, exceptions.ClientError):
        return _answered(error)
    if isinstance(error, exceptions.ProfileNotFound):
        return f"{_sentence(error)} AWS_PROFILE names it: correct that, or {SIGN_IN}."
    if isinstance(error, exceptions.PartialCredentialsError | exceptions.NoCredentialsError):
        return f"The AWS credentials in this shell are not whole: {SIGN_IN}."
    expired = (
        exceptions.UnauthorizedSSOTokenError,
        exceptions.SSOTokenLoadError,
        exceptions.TokenRetrievalError,
    )
    if isinstance(error, expired):
        return f"The AWS sign-in has expired: {SIGN_IN}."
    if isinstance(error, exceptions.HTTPClientError | exceptions.EndpointConnectionError):
        where = "AWS_ENDPOINT_URL" if os.environ.get("AWS_ENDPOINT_URL") else "the network"
        return f"AWS cannot be reached: look at {where} and the region's name. ({error})"
    return f"AWS cannot be asked: {_sentence(error)}"


def code(error: exceptions.ClientError) -> str:
    """The error's code, ``AccessDenied``; services spell some of them with a suffix."""
    return error.response["Error"].get("Code", "")


def refused(error: exceptions.ClientError) -> bool:
    """Whether AWS refused the call for want of a permission."""
    return code(error) in {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "AuthorizationError",
        "NotAuthorized",
    }


def _known(session: boto3.Session, region: str) -> None:
    regions = session.get_available_regions("lambda")
    if region not in regions:
        raise DeploymentError(
            f"There is no region {region!r}; AWS_REGION takes one of {', '.join(regions)}."
        )


def _answered(error: exceptions.ClientError) -> str:
    if code(error) in EXPIRED:
        return f"The AWS credentials have expired: {SIGN_IN}."
    if code(error) in UNKNOWN:
        return f"AWS does not know these credentials: {SIGN_IN}."
    said = error.response["Error"].get("Message") or "it gave no reason"
    return f"AWS refused {error.operation_name} ({code(error)}): {said.rstrip('.')}."


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."
