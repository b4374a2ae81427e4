"""Names whose DNS answers lead inwards, or change while they are looked at."""

import json
from pathlib import Path

from mypy_boto3_lambda.client import LambdaClient

from localcloud import cdk
from localcloud.stack import Stack
from tests.archives import archive
from tests.local.hostile.addresses import BLOCKED
from tests.local.hostile.receivers import RECEIVERS

HANDLER = "HOSTILE_DNS_HANDLER"
"""The variable that tells ``resolver.py`` the function's own handler."""

OUT = "127.0.0.1"
IN = "127.0.0.2"

Answers = list[list[str]]
"""The addresses of the first lookup, of the second and so on; the last ones for ever."""

NAMES: dict[str, tuple[Answers, str | None]] = {
    "leads inside": ([[IN]], BLOCKED),
    "leads inside, mapped to IPv6": ([["::ffff:127.0.0.2"]], BLOCKED),
    "leads inside by NAT64": ([["64:ff9b::7f00:2"]], BLOCKED),
    "leads to IPv6 loopback": ([["::1"]], BLOCKED),
    "leads to a metadata service": ([["169.254.169.254"]], BLOCKED),
    "leads to private networks": ([["10.0.0.1", "fc00::1"]], BLOCKED),
    "leads nowhere": ([["0.0.0.0"]], BLOCKED),
    "leads outside, and inside when it is dialled": ([[OUT], [IN]], None),
    "leads outside, and to a metadata service when it is dialled": (
        [[OUT], ["169.254.169.254"]],
        None,
    ),
    "leads inside, and outside when it is dialled": ([[IN], [OUT]], BLOCKED),
    "leads inside and outside at once": ([[IN, OUT]], None),
    "leads outside and inside at once": ([[OUT, IN]], None),
}
"""By the case's name what is answered, and the code that it must end with; none where the address
outside was dialled, and no other."""

TURNING = "turns.names.test"
"""Leads outside at the first lookup, and inside from then on."""


def host(name: str, *, family: str) -> str:
    """Of a case. Each family of tests has its own, so that it begins with the first answer."""
    return f"name-{list(NAMES).index(name)}.{family}.names.test"


def receiver_host(number: int) -> str:
    """Of a receiver, so that one that is silent keeps no other waiting."""
    return f"receiver-{number}.names.test"


def answered(stack: Stack) -> None:
    """Makes the two functions that call strangers ask these names' owners."""
    client: LambdaClient = cdk.session().client("lambda", endpoint_url=stack.aws_endpoint_url)
    layer = client.publish_layer_version(LayerName="hostile-dns", Content={"ZipFile": _layer()})
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            variables = function.get("Environment", {}).get("Variables", {})
            if variables.get("POWERTOOLS_SERVICE_NAME") not in {"processor", "notifier"}:
                continue
            client.update_function_configuration(
                FunctionName=function["FunctionName"],
                Handler="resolver.handler",
                Layers=[
                    *(each["Arn"] for each in function["Layers"]),
                    layer["LayerVersionArn"],
                ],
                Environment={"Variables": {**variables, HANDLER: function["Handler"]}},
            )


def _layer() -> bytes:
    families = ("images", "redirects", "webhooks")
    answers = {
        host(name, family=family): rounds
        for name, (rounds, _) in NAMES.items()
        for family in families
    }
    answers[TURNING] = [[OUT], [IN]]
    answers |= {receiver_host(n): [[OUT]] for n in range(len(RECEIVERS))}
    return archive(
        {
            "python/resolver.py": Path(__file__).with_name("resolver.py").read_bytes(),
            "python/answers.json": json.dumps(answers),
        }
    )
