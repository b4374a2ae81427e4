"""Runs a function on each deploy; CloudFormation waits and rolls back when it fails.

The source of a function of its own, outside the network: what it runs may sit where no answer
to CloudFormation gets out. CDK's triggers do the same in JavaScript, with an SDK that the local
cloud lacks.
"""

import json
import os
import urllib.request
from typing import Any

import boto3
from botocore.config import Config

# Longer than any function may run; a second try would be a second run.
WAIT = Config(read_timeout=900, retries={"total_max_attempts": 1})


def handler(event: dict[str, Any], _context: object) -> None:
    """Answers a custom resource's request; ``FUNCTION`` in the environment names what to run."""
    reason = ""
    try:
        if event["RequestType"] != "Delete" and not rolling_back(event["StackId"]):
            run(os.environ["FUNCTION"])
    except Exception as error:  # noqa: BLE001 (without an answer CloudFormation waits an hour)
        reason = f"{type(error).__name__}: {error}"
    answer(event, reason)


def rolling_back(stack: str) -> bool:
    """Whether the deploy has failed. What would run then is the older code, with nothing to do; and
    if it failed too, the stack would be stuck."""
    described = boto3.client("cloudformation").describe_stacks(StackName=stack)
    return "ROLLBACK" in described["Stacks"][0]["StackStatus"]


def run(function: str) -> None:
    """Invokes ``function`` and waits.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    result = boto3.client("lambda", config=WAIT).invoke(FunctionName=function, Payload=b"{}")
    if "FunctionError" in result:
        raise RuntimeError(result["Payload"].read().decode()[:1000])


def answer(event: dict[str, Any], reason: str) -> None:
    """Puts the outcome where CloudFormation looks for it: failed if there is a reason."""
    body = {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"]),
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(  # noqa: S310 (the address is CloudFormation's)
        event["ResponseURL"], json.dumps(body).encode(), {"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310
