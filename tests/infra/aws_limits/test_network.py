"""What EC2 demands of the network."""

import ipaddress
import json
from collections import Counter
from typing import Any

from tests.infra.synthesised import Synthesised


def test_the_network_is_one_that_ec2_takes(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html and
    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""
    (vpc,) = every_way.of_type("AWS::EC2::VPC").values()
    whole = ipaddress.ip_network(vpc["CidrBlock"])
    parts = [
        ipaddress.ip_network(each["CidrBlock"])
        for each in every_way.of_type("AWS::EC2::Subnet").values()
    ]
    assert all(16 <= each.prefixlen <= 28 for each in (whole, *parts))
    assert all(each.subnet_of(whole) for each in parts)  # type: ignore[arg-type]
    assert not any(a.overlaps(b) for a in parts for b in parts if a is not b)
    assert vpc["EnableDnsSupport"] is True  # an endpoint's private name needs both
    assert vpc["EnableDnsHostnames"] is True


def test_a_security_group_has_at_most_60_rules_each_way(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""
    rules: Counter[tuple[str, str]] = Counter()
    for key, group in every_way.of_type("AWS::EC2::SecurityGroup").items():
        for way in ("Ingress", "Egress"):
            rules[key, way] += len(group.get(f"SecurityGroup{way}", []))
    for way in ("Ingress", "Egress"):
        for rule in every_way.of_type(f"AWS::EC2::SecurityGroup{way}").values():
            rules[rule["GroupId"]["Fn::GetAtt"][0], way] += 1
    assert rules.total()
    assert max(rules.values()) <= 60


def test_an_endpoint_stands_once_in_a_zone(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html"""
    subnets: dict[str, Any] = every_way.of_type("AWS::EC2::Subnet")
    for endpoint in every_way.of_type("AWS::EC2::VPCEndpoint").values():
        zones = [
            json.dumps(subnets[each["Ref"]]["AvailabilityZone"])
            for each in endpoint.get("SubnetIds", [])
        ]
        assert len(zones) == len(set(zones))


def test_the_rotation_may_ask_for_a_password_inside_the_network(every_way: Synthesised) -> None:
    """The action knows no resource, so it has no account that a condition could compare:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html"""
    statements = [
        statement
        for each in every_way.of_type("AWS::EC2::VPCEndpoint").values()
        for statement in each["PolicyDocument"]["Statement"]
    ]
    (given,) = (each for each in statements if each["Action"] == "secretsmanager:GetRandomPassword")
    assert "Condition" not in given
