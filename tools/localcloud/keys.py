"""API keys of the local cloud's tenants, made by the migrator as an operator would."""

import json

from mypy_boto3_lambda.client import LambdaClient

from localcloud import cdk
from localcloud.errors import CloudError


def create(
    endpoint_url: str, migrator: str, *, tenant: str, name: str, region: str = cdk.REGION
) -> str:
    """A new key of the tenant, which is made if there is none of that name.

    Args:
        migrator: name of the deployed function.

    Raises:
        CloudError: the migrator made none; with the reason.
    """
    functions: LambdaClient = cdk.session(region).client("lambda", endpoint_url=endpoint_url)
    request = {"action": "create_api_key", "tenant": tenant, "name": name}
    answer = functions.invoke(FunctionName=migrator, Payload=json.dumps(request))
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer or "api_key" not in payload:
        reason = payload.get("errorMessage", "it answered without a key")
        raise CloudError(f"The migrator made no API key: {reason}")
    key: str = payload["api_key"]
    return key
