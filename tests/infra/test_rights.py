"""Least privilege: each function may do what it does, and nothing else."""

import pytest

from tests.infra.synthesised import Synthesised

CONSUME = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
)


def consume(*queues: str) -> set[str]:
    return {f"{action} {queue}" for action in CONSUME for queue in queues}


def send(*queues: str) -> set[str]:
    return {f"sqs:SendMessage {queue}" for queue in queues}


READ_UPLOADS = {"s3:GetObject uploads/*", "s3:GetObjectVersion uploads/*"}
SECRET = {"secretsmanager:GetSecretValue secret"}

RIGHTS = {
    "api": SECRET
    | {"s3:PutObject uploads/*", "s3:GetObject results/*", "s3:PutObject images/cancelled/*"}
    | send("uploads", "deliveries"),
    "ingest": SECRET
    | READ_UPLOADS
    | {"s3:ListBucket uploads bucket"}
    | consume("uploads")
    | send("uploads", "images", "finished", "deliveries"),
    "processor": {"s3:PutObject images/*", "s3:GetObject images/cancelled/*"}
    | consume("images")
    | send("outcomes"),
    "recorder": SECRET
    | consume("outcomes", "images-dead", "deliveries-dead")
    | send("finished", "deliveries"),
    "finisher": SECRET
    | READ_UPLOADS
    | {"s3:PutObject results/*", "s3:AbortMultipartUpload results/*"}
    | consume("finished")
    | send("deliveries"),
    "notifier": consume("deliveries") | send("outcomes"),
    "janitor": SECRET
    | {"s3:GetObject uploads/*", "s3:ListBucket uploads bucket"}
    | {"sqs:GetQueueAttributes images"}
    | send("uploads", "images", "finished", "deliveries"),
    "migrator": SECRET,
}


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
