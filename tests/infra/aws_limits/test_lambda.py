"""What Lambda demands of functions and of what starts them."""

import json
import re

import pytest

from infra import bundling
from infra.bundling import LAMBDA
from infra.functions import LAYERS
from tests.infra.synthesised import Synthesised

MIB = 2**20


def test_a_function_is_within_lambda_s_limits(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    for function in every_way.of_type("AWS::Lambda::Function").values():
        assert 1 <= function.get("Timeout", 3) <= 900
        assert 128 <= function.get("MemorySize", 128) <= 10_240
        assert len(function.get("Layers", [])) <= 5
        assert len(function["Code"].get("ZipFile", "")) <= 4 * MIB
        variables = {
            key: every_way.rendered.text(value)
            for key, value in function["Environment"]["Variables"].items()
        }
        assert len(json.dumps(variables)) <= 4096
        for name in variables:
            assert re.fullmatch(r"(?!AWS_|LAMBDA_|_)[a-zA-Z]([a-zA-Z0-9_])+", name)
        assert len(function.get("VpcConfig", {}).get("SecurityGroupIds", [])) <= 5
        assert len(function.get("VpcConfig", {}).get("SubnetIds", [])) <= 16


@pytest.mark.parametrize("name", LAYERS)
def test_a_function_with_its_layers_unzips_to_at_most_250_mb(name: str) -> None:
    folders = [bundling.build(layer, LAMBDA).folder for layer in LAYERS[name]]
    folders.append(bundling.function_code(name).folder)
    size = sum(
        each.stat().st_size for folder in folders for each in folder.rglob("*") if each.is_file()
    )
    assert size <= 250 * MIB


def test_an_event_source_is_one_that_lambda_takes(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html"""
    for queue, function, mapping in every_way.triggers():
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        assert 1 <= mapping["BatchSize"] <= 10_000
        assert 0 <= window <= 300
        assert window >= 1 or mapping["BatchSize"] <= 10
        assert 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 1000
        assert "FifoQueue" not in every_way.queue(queue)
        assert (
            every_way.queue(queue)["VisibilityTimeout"] >= every_way.functions[function]["Timeout"]
        )
        reserved = every_way.functions[function].get("ReservedConcurrentExecutions")
        assert reserved is None or mapping["ScalingConfig"]["MaximumConcurrency"] <= reserved


def test_what_is_invoked_asynchronously_is_within_lambda_s_limits(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    for config in every_way.of_type("AWS::Lambda::EventInvokeConfig").values():
        assert 60 <= config["MaximumEventAgeInSeconds"] <= 21_600
        assert 0 <= config["MaximumRetryAttempts"] <= 2


def test_a_function_in_the_network_may_make_its_interfaces(every_way: Synthesised) -> None:
    """Lambda looks when the function is made:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"""
    for function in every_way.of_type("AWS::Lambda::Function").values():
        if "VpcConfig" in function:
            role = every_way.resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]
            assert "AWSLambdaENIManagementAccess" in json.dumps(role["ManagedPolicyArns"])


def test_a_function_has_its_rights_before_it_is_used(every_way: Synthesised) -> None:
    """A role is there before its policy is; an event source made in between is refused."""
    policies = every_way.of_type("AWS::IAM::Policy")
    for key, function in every_way.of_type("AWS::Lambda::Function").items():
        role = function["Role"]["Fn::GetAtt"][0]
        own = {name for name, each in policies.items() if {"Ref": role} in each["Roles"]}
        assert own <= set(every_way.resources[key]["DependsOn"])
