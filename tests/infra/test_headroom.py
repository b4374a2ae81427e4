"""What a stage takes of the limits that its own parts have: connections, bytes of environment."""

import json

import pytest

from infra.functions import LAYERS, ZONES, Zone
from tests.infra.synthesised import Properties, Synthesised

MEMORY = {"db.t4g.small": 2, "db.m7g.large": 8}
"""GiB of each class of instance
(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html)."""

FOR_A_CONNECTION = 9_531_392
"""Bytes of memory for which RDS allows PostgreSQL one connection, up to 5,000
(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html)."""

USABLE = 0.8
"""Of its memory: the rest is for the system, and the last connections for RDS and operators."""

SINGLE = {"janitor", "migrator"}
"""They never run twice at a time; the function that rotates the password comes beside them."""

ENVIRONMENT = 4096
"""Bytes of names and values that Lambda allows a function
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""

LONGEST_REFERENCE = 150
"""Characters that CloudFormation puts in place of one; a secret's ARN is the longest."""


def connections(stage: Synthesised) -> int:
    """How many the data zone opens at most: each running function has one."""
    at_once = {name: 0 for name, zone in ZONES.items() if zone is Zone.DATA}
    for _, function, mapping in stage.triggers():
        if function in at_once:
            at_once[function] += mapping["ScalingConfig"]["MaximumConcurrency"]
    (front,) = stage.of_type("AWS::ApiGatewayV2::Stage").values()
    burst: int = front["DefaultRouteSettings"]["ThrottlingBurstLimit"]
    at_once["api"] = stage.functions["api"].get("ReservedConcurrentExecutions", burst)
    at_once |= dict.fromkeys(SINGLE, 1)
    assert all(at_once.values()), at_once
    return sum(at_once.values()) + 1


def test_the_data_zone_opens_fewer_connections_than_the_database_takes(
    on_aws: Synthesised,
) -> None:
    (instance,) = on_aws.of_type("AWS::RDS::DBInstance").values()
    memory = MEMORY[instance["DBInstanceClass"]] * 2**30
    assert connections(on_aws) < USABLE * min(memory // FOR_A_CONNECTION, 5_000)


@pytest.mark.parametrize("name", LAYERS)
def test_a_function_s_environment_is_far_below_what_lambda_allows(
    on_aws: Synthesised, name: str
) -> None:
    assert size(on_aws.environment(name)) < ENVIRONMENT / 2


def size(environment: Properties) -> int:
    """Bytes, each reference counted at its longest."""
    references = json.dumps(environment).count('"Ref"') + json.dumps(environment).count('"Fn::Get')
    return len(json.dumps(environment)) + references * LONGEST_REFERENCE
