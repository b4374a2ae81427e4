"""The user's account at Cloudinary: it goes into the deployed secret and nowhere else."""

import os
import re

from mypy_boto3_secretsmanager.client import SecretsManagerClient

from localcloud import cdk
from localcloud.errors import CloudError

VARIABLE = "CLOUDINARY_URL"
STORES = "cloudinary,s3"
"""With an account it is the usual store, and a job may still choose S3."""


def from_environment() -> str | None:
    """The account that the environment names, as Cloudinary's console shows it.

    Raises:
        CloudError: it is none; the message does not repeat it.
    """
    url = os.environ.get(VARIABLE, "").strip()
    if url and not re.fullmatch(r"cloudinary://[^:@/]+:[^:@/]+@\S+", url):
        raise CloudError(f"{VARIABLE} must read cloudinary://KEY:SECRET@CLOUD.")
    return url or None


def fill_in(endpoint_url: str, secret: str, url: str, *, region: str = cdk.REGION) -> None:
    """Puts the account where the deployed processor looks for it.

    Args:
        secret: name or ARN of the deployed secret.
    """
    client: SecretsManagerClient = cdk.session(region).client(
        "secretsmanager", endpoint_url=endpoint_url
    )
    client.put_secret_value(SecretId=secret, SecretString=url)
