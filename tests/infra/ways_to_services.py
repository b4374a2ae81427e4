"""Whether a function in the network reaches an AWS service: route, name, firewall, policy."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from tests.infra.synthesised import Properties, Synthesised, listed

HTTPS = 443
ANYWHERE = "0.0.0.0/0"

OWN_ACCOUNT = {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
"""The one condition of an endpoint's policy that all our own buckets, queues and secrets meet."""


class Ways:
    """The endpoints of one stage's network, and who gets through them."""

    def __init__(self, template: Synthesised) -> None:
        self._template = template
        self.endpoints: dict[str, Properties] = {
            _service(each): each for each in template.of_type("AWS::EC2::VPCEndpoint").values()
        }
        """By service, as boto3 names it."""

    def obstacles(self, service: str, place: Properties, actions: set[str]) -> Iterator[str]:
        """What is in the way of a function's calls.

        Args:
            place: the function's VpcConfig: ``SubnetIds``, ``SecurityGroupIds``.
            actions: what it does there, ``sqs:SendMessage``.
        """
        endpoint = self.endpoints.get(service)
        if endpoint is None:
            yield f"the network has no endpoint for {service}"
            return
        groups = place["SecurityGroupIds"]
        if endpoint["VpcEndpointType"] == "Gateway":
            yield from self._unrouted(endpoint, place["SubnetIds"])
            if not any(self._may_leave(group, None) for group in groups):
                yield f"the function's security group lets nothing out to {service}"
        else:
            yield from self._unnamed(endpoint)
            if not any(
                self._may_leave(group, target) and self._may_enter(target, group)
                for group in groups
                for target in endpoint["SecurityGroupIds"]
            ):
                yield f"the security groups let nothing through to {service}"
        for action in sorted(actions):
            if not _allows(endpoint["PolicyDocument"], action):
                yield f"the policy of the endpoint for {service} does not allow {action}"

    def _unrouted(self, endpoint: Properties, subnets: list[Any]) -> Iterator[str]:
        """A gateway is a route in the subnets' tables."""
        routed = {json.dumps(each) for each in endpoint["RouteTableIds"]}
        tables = {
            json.dumps(each["SubnetId"]): json.dumps(each["RouteTableId"])
            for each in self._template.of_type("AWS::EC2::SubnetRouteTableAssociation").values()
        }
        for subnet in map(json.dumps, subnets):
            if tables[subnet] not in routed:
                yield f"{subnet} has no route to the gateway"

    def _unnamed(self, endpoint: Properties) -> Iterator[str]:
        """An interface is found by the service's own name, which the network's DNS must turn."""
        (vpc,) = self._template.of_type("AWS::EC2::VPC").values()
        if not (endpoint.get("PrivateDnsEnabled") is True and endpoint["SubnetIds"]):
            yield "the endpoint does not answer to the service's own name"
        if not (vpc["EnableDnsSupport"] is True and vpc["EnableDnsHostnames"] is True):
            yield "the network does not resolve private names"

    def _may_leave(self, group: Any, target: Any) -> bool:
        """Whether a member of ``group`` may connect to ``target``, or to S3's own addresses."""
        return any(
            _is_https(rule)
            and (
                rule.get("CidrIp") == ANYWHERE or _same(rule, "DestinationSecurityGroupId", target)
            )
            for rule in self._rules(group, "Egress")
        )

    def _may_enter(self, target: Any, group: Any) -> bool:
        return any(
            _is_https(rule)
            and (rule.get("CidrIp") == ANYWHERE or _same(rule, "SourceSecurityGroupId", group))
            for rule in self._rules(target, "Ingress")
        )

    def _rules(self, group: Any, direction: str) -> Iterator[Properties]:
        """A group's rules, those written in it and those beside it."""
        own = self._template.of_type("AWS::EC2::SecurityGroup")[group["Fn::GetAtt"][0]]
        yield from own.get(f"SecurityGroup{direction}", ())
        for rule in self._template.of_type(f"AWS::EC2::SecurityGroup{direction}").values():
            if rule["GroupId"] == group:
                yield rule


def _service(endpoint: Properties) -> str:
    """``{"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, ".sqs"]]}`` is ``sqs``."""
    *_, last = endpoint["ServiceName"]["Fn::Join"][1]
    return str(last).rpartition(".")[2]


def _is_https(rule: Properties) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    ports = range(rule["FromPort"], rule["ToPort"] + 1)
    return rule["IpProtocol"] == "tcp" and HTTPS in ports


def _same(rule: Properties, name: str, group: Any) -> bool:
    return group is not None and rule.get(name) == group


def _allows(policy: Properties, action: str) -> bool:
    """Whether an endpoint's policy lets a call on one of our own resources through.

    Raises:
        AssertionError: a statement that is not understood here, for instance another condition.
    """
    allowed = False
    for each in policy["Statement"]:
        assert {*each} <= {"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}, each
        assert each.get("Condition", OWN_ACCOUNT) == OWN_ACCOUNT, each
        assert (each["Principal"], each["Resource"]) == ({"AWS": "*"}, "*"), each
        if any(fnmatchcase(action, pattern) for pattern in listed(each["Action"])):
            if each["Effect"] == "Deny":
                return False
            allowed = True
    return allowed
