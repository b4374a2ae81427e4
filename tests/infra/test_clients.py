"""Every client that a function makes: in one place, and of a service that the function reaches.

A data-zone function has no way to the internet, so a client of a service without an endpoint hangs
until Lambda ends the function. That shows on AWS alone: the local cloud has no network.
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from api.handler import STATEMENT_SECONDS
from infra.functions import LAYERS, ZONES, Zone
from infra.settings import SIZES
from pipeline import clients
from pipeline.clients import STORE, AwsTimeouts
from processor.image import REPORTING, RESERVE
from tests.cloud import ROOT
from tests.infra import client_calls
from tests.infra.client_calls import ClientCall
from tests.infra.synthesised import Properties, Synthesised, listed, synthesise
from tests.infra.ways_to_services import Ways

DATA = sorted(name for name, zone in ZONES.items() if zone is Zone.DATA)

CALLS = sorted(
    {(name, call) for name in LAYERS for call in client_calls.of_function(name)}, key=str
)

NOT_THE_FUNCTIONS = {
    "logs": "Lambda writes the log, metrics included: what a function prints leaves by its runtime",
    "xray": "Lambda's own daemon sends the traces, from outside of the function's network",
}
"""Rights of a function's role that its code makes no client for, and who uses them."""

REGIONS = ["us-east-1", "eu-central-1", "eu-central-2"]


def every_call(*folders: str) -> list[ClientCall]:
    return sorted(
        (call for folder in folders for call in client_calls.in_folder(Path(folder))), key=str
    )


def test_clients_are_made_in_one_place() -> None:
    by_hand = [call for call in every_call("functions", "layers") if call.timeouts is None]
    assert {call.file for call in by_hand} == {client_calls.CLIENTS.relative_to(ROOT)}


@pytest.mark.parametrize(
    ("source", "service"),
    [
        ("boto3.client('ssm')", "ssm"),
        ("boto3.client(service_name='ssm')", "ssm"),
        ("boto3.Session().client('dynamodb', config=x)", "dynamodb"),
        ("boto3.resource('s3')", "s3"),
        ("session.create_client('kms')", "kms"),
        ("SecretsProvider(boto_config=x)", "secretsmanager"),
        ("parameters.get_parameter('/a')", "ssm"),
        ("clients.sqs(clients.SHORT)", "sqs"),
    ],
    ids=str,
)
def test_a_client_is_found_however_it_is_made(source: str, service: str) -> None:
    assert [call.service for call in client_calls.in_source(source, Path("a.py"))] == [service]


@pytest.mark.parametrize(
    "source", ["boto3.client(name)", "from pipeline.clients import s3"], ids=["a name", "an import"]
)
def test_what_hides_its_service_is_refused(source: str) -> None:
    with pytest.raises(AssertionError):
        list(client_calls.in_source(source, Path("a.py")))


@pytest.mark.parametrize("name", DATA)
def test_a_data_zone_function_reaches_each_service_that_its_code_calls(
    on_aws: Synthesised, name: str
) -> None:
    ways = Ways(on_aws)
    called = client_calls.services(name)
    assert called
    for service in called:
        place = on_aws.functions[name]["VpcConfig"]
        assert [*ways.obstacles(service, place, rights(on_aws, name)[service])] == []


def no_endpoint(resources: dict[str, Properties], _: str) -> None:
    for key in [key for key, each in resources.items() if each["Type"] == "AWS::EC2::VPCEndpoint"]:
        del resources[key]


def other(kind: str, **properties: Any) -> Callable[[dict[str, Properties], str], None]:
    """Changes what these resources say, all of one type."""

    def change(resources: dict[str, Properties], _: str) -> None:
        for each in resources.values():
            if each["Type"] == kind:
                each["Properties"] |= properties

    return change


def another_action(resources: dict[str, Properties], service: str) -> None:
    for each in resources.values():
        if each["Type"] == "AWS::EC2::VPCEndpoint":
            each["Properties"]["PolicyDocument"]["Statement"][0]["Action"] = f"{service}:List*"


OBSTACLES: dict[str, tuple[str, Callable[[dict[str, Properties], str], None]]] = {
    "no endpoint": ("sqs", no_endpoint),
    "no route to the gateway": ("s3", other("AWS::EC2::VPCEndpoint", RouteTableIds=[])),
    "no private name": ("sqs", other("AWS::EC2::VPCEndpoint", PrivateDnsEnabled=False)),
    "no names in the network": ("sqs", other("AWS::EC2::VPC", EnableDnsSupport=False)),
    "nothing may leave": ("s3", other("AWS::EC2::SecurityGroup", SecurityGroupEgress=[])),
    "nothing may enter": ("sqs", other("AWS::EC2::SecurityGroupIngress", FromPort=80, ToPort=80)),
    "the policy allows less": ("secretsmanager", another_action),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_what_is_in_the_way_is_found(obstacle: str) -> None:
    service, change = OBSTACLES[obstacle]
    template = copy.deepcopy(synthesise("dev").template)
    change(template["Resources"], service)
    changed = Synthesised(template, name="darkroom-dev", is_protected=False)
    place = changed.functions["api"]["VpcConfig"]
    assert [*Ways(changed).obstacles(service, place, rights(changed, "api")[service])]


@pytest.mark.parametrize("name", LAYERS)
def test_a_function_has_rights_where_its_code_calls_and_nowhere_else(name: str) -> None:
    with_every_store = synthesise("dev", "s3,cloudinary")
    assert {*rights(with_every_store, name)} == client_calls.services(name)


def test_the_function_that_rotates_the_password_reaches_its_secret(on_aws: Synthesised) -> None:
    """AWS adds it to the stack, with the code and rights it needs; the place is ours to name."""
    (schedule,) = on_aws.of_type("AWS::SecretsManager::RotationSchedule").values()
    hosted = schedule["HostedRotationLambda"]
    place = {"SecurityGroupIds": [hosted["VpcSecurityGroupIds"]], "SubnetIds": []}
    actions = {
        f"secretsmanager:{action}"
        for action in (
            *("DescribeSecret", "GetSecretValue", "PutSecretValue"),
            *("UpdateSecretVersionStage", "GetRandomPassword"),
        )
    }
    assert [*Ways(on_aws).obstacles("secretsmanager", place, actions)] == []


def test_every_endpoint_is_one_that_some_function_needs(on_aws: Synthesised) -> None:
    """One that nobody calls is paid by the hour."""
    assert {*Ways(on_aws).endpoints} == {
        each for name in DATA for each in client_calls.services(name)
    }


def test_no_list_of_addresses_stands_between_the_subnets(on_aws: Synthesised) -> None:
    """The ways are judged by security groups alone."""
    assert not on_aws.of_type("AWS::EC2::NetworkAcl")


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("maker", client_calls.made_by())
def test_a_client_asks_for_the_name_that_its_endpoint_answers_to(
    maker: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    client: Any = getattr(clients, maker)(clients.SHORT)
    host = urlsplit(client.meta.endpoint_url).hostname
    assert host == f"{client_calls.made_by()[maker]}.{region}.amazonaws.com"


@pytest.mark.parametrize(
    ("name", "call"), [pytest.param(name, call, id=f"{name} {call}") for name, call in CALLS]
)
def test_each_call_of_a_client_ends_before_its_function_does(name: str, call: ClientCall) -> None:
    assert call.timeouts is not None
    waits: AwsTimeouts = getattr(clients, call.timeouts)
    assert waits.longest * 1.25 < SIZES[name].timeout


def test_a_statement_is_given_up_while_the_api_can_still_say_so() -> None:
    assert SIZES["api"].timeout > STATEMENT_SECONDS * 1.25


def test_a_bucket_that_hangs_leaves_time_to_say_so() -> None:
    assert STORE.longest + REPORTING < RESERVE


def rights(template: Synthesised, name: str) -> dict[str, set[str]]:
    """The actions of a function's role, by service."""
    actions: dict[str, set[str]] = {}
    for statement in template.statements(name):
        for action in listed(statement["Action"]):
            service = action.partition(":")[0]
            if service not in NOT_THE_FUNCTIONS:
                actions.setdefault(service, set()).add(action)
    return actions
