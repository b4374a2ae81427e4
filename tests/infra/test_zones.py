"""The two zones: hostile input never stands next to the data."""

import json

import pytest

from infra.functions import LAYERS, ZONES, Zone
from tests.infra.synthesised import CHOICES, Synthesised, synthesise

INTERNET = sorted(name for name, zone in ZONES.items() if zone is Zone.INTERNET)
DATA = sorted(name for name, zone in ZONES.items() if zone is Zone.DATA)

WAYS_OUT = {
    "AWS::EC2::InternetGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
    "AWS::EC2::Route",
}


def test_only_the_processor_and_the_notifier_face_the_internet() -> None:
    assert INTERNET == ["notifier", "processor"]


@pytest.mark.parametrize("name", INTERNET)
def test_no_internet_zone_function_is_in_the_network(stage: Synthesised, name: str) -> None:
    assert "VpcConfig" not in stage.functions[name]


@pytest.mark.parametrize("name", INTERNET)
def test_no_internet_zone_function_knows_the_database_or_any_secret(
    stage: Synthesised, name: str
) -> None:
    assert "DATABASE" not in json.dumps(stage.environment(name))
    assert "secretsmanager" not in json.dumps(list(stage.statements(name)))
    assert not {"database", "webhooks", "catalogue"} & set(LAYERS[name])


@pytest.mark.parametrize("name", DATA)
def test_no_data_zone_function_carries_code_for_the_internet(name: str) -> None:
    assert not {"outbound", "imaging"} & set(LAYERS[name])


@pytest.mark.parametrize("name", DATA)
def test_every_data_zone_function_is_in_isolated_subnets(on_aws: Synthesised, name: str) -> None:
    place = on_aws.functions[name]["VpcConfig"]
    subnets = on_aws.of_type("AWS::EC2::Subnet")
    used = [each["Ref"] for each in place["SubnetIds"]]
    assert sorted(used) == sorted(subnets)
    assert len(used) == 2
    assert all(each["MapPublicIpOnLaunch"] is False for each in subnets.values())


def test_nothing_leads_out_of_the_network(on_aws: Synthesised) -> None:
    assert not WAYS_OUT & {each["Type"] for each in on_aws.resources.values()}


def test_the_network_reaches_s3_sqs_and_secrets_manager_of_this_account_only(
    on_aws: Synthesised,
) -> None:
    endpoints = on_aws.of_type("AWS::EC2::VPCEndpoint").values()
    assert sorted(each["VpcEndpointType"] for each in endpoints) == [
        "Gateway",
        "Interface",
        "Interface",
    ]
    everywhere = [
        statement["Action"]
        for each in endpoints
        for statement in each["PolicyDocument"]["Statement"]
        if statement.get("Condition")
        != {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    ]
    # The rotation's; it reads and writes nothing, so it belongs to no account.
    assert everywhere == ["secretsmanager:GetRandomPassword"]


def test_an_endpoint_is_paid_for_in_one_zone_where_data_may_be_lost(on_aws: Synthesised) -> None:
    zones = 2 if on_aws.name == "darkroom-prod" else 1
    for endpoint in on_aws.of_type("AWS::EC2::VPCEndpoint").values():
        if endpoint["VpcEndpointType"] == "Interface":
            assert len(endpoint["SubnetIds"]) == zones
            assert endpoint["PrivateDnsEnabled"] is True  # so the other zone finds it, too


def test_the_zones_are_aws_s_first_two_unless_named(on_aws: Synthesised) -> None:
    named = synthesise("prod", **CHOICES).of_type("AWS::EC2::Subnet").values()
    assert [each["AvailabilityZone"] for each in named] == ["us-east-1b", "us-east-1f"]
    assert [each["AvailabilityZone"] for each in on_aws.of_type("AWS::EC2::Subnet").values()] == [
        {"Fn::Select": [index, {"Fn::GetAZs": ""}]} for index in (0, 1)
    ]


def test_only_the_data_zone_s_functions_reach_the_database(on_aws: Synthesised) -> None:
    (instance,) = on_aws.of_type("AWS::RDS::DBInstance").values()
    ((group, _),) = (each["Fn::GetAtt"] for each in instance["VPCSecurityGroups"])
    sources = [
        each["SourceSecurityGroupId"]["Fn::GetAtt"][0]
        for each in on_aws.of_type("AWS::EC2::SecurityGroupIngress").values()
        if each["GroupId"]["Fn::GetAtt"][0] == group
    ]
    ((of_functions, _),) = (
        each["Fn::GetAtt"] for each in on_aws.functions["api"]["VpcConfig"]["SecurityGroupIds"]
    )
    assert sources == [of_functions]
    assert instance["PubliclyAccessible"] is False


def test_the_local_stage_leaves_out_what_the_local_cloud_cannot_hold(local: Synthesised) -> None:
    kinds = {each["Type"] for each in local.resources.values()}
    assert not {each for each in kinds if each.startswith(("AWS::EC2", "AWS::RDS"))}
    assert not {each for each in kinds if "CloudFront" in each or "CloudWatch::Alarm" in each}
