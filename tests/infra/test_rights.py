"""Least privilege: each function may do what it does, and nothing else."""

import pytest

from tests.infra.rights import RIGHTS, SECRET
from tests.infra.synthesised import Synthesised


@pytest.mark.parametrize("name", RIGHTS)
def test_a_function_may_do_what_it_does_and_nothing_else(on_aws: Synthesised, name: str) -> None:
    assert on_aws.rights(name) == RIGHTS[name]


@pytest.mark.parametrize("name", RIGHTS)
def test_the_local_cloud_grants_the_same_but_the_secret(local: Synthesised, name: str) -> None:
    assert local.rights(name) == RIGHTS[name] - SECRET


def test_no_right_is_to_everything_but_tracing(on_aws: Synthesised) -> None:
    for policy in on_aws.of_type("AWS::IAM::Policy").values():
        for each in policy["PolicyDocument"]["Statement"]:
            actions = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
            assert not [action for action in actions if "*" in action]
            if "*" in each["Resource"]:
                assert {action.split(":")[0] for action in actions} == {"xray"}


@pytest.mark.parametrize("name", RIGHTS)
def test_a_function_s_role_has_no_managed_policy_but_the_network_s(
    on_aws: Synthesised, name: str
) -> None:
    role = on_aws.of_type("AWS::IAM::Role")[on_aws.functions[name]["Role"]["Fn::GetAtt"][0]]
    managed = str(role.get("ManagedPolicyArns", []))
    assert ("AWSLambdaENIManagementAccess" in managed) == ("VpcConfig" in on_aws.functions[name])
    assert managed.count(":policy/") <= 1


def test_no_two_functions_share_a_role(on_aws: Synthesised) -> None:
    roles = [str(each["Role"]) for each in on_aws.functions.values()]
    assert len(set(roles)) == len(roles)
