"""What IAM and the services demand of policies."""

from collections import Counter

import pytest

from tests.infra.synthesised import Synthesised


def test_a_role_s_own_policies_are_at_most_10_240_characters(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    total: Counter[str] = Counter()
    for policy in every_way.of_type("AWS::IAM::Policy").values():
        for role in policy["Roles"]:
            total[role["Ref"]] += every_way.rendered.size(policy["PolicyDocument"])
    for key, role in every_way.of_type("AWS::IAM::Role").items():
        assert total[key] <= 10_240
        assert every_way.rendered.size(role["AssumeRolePolicyDocument"]) <= 2048
        assert len(role.get("ManagedPolicyArns", [])) <= 10
    for policy in every_way.of_type("AWS::IAM::ManagedPolicy").values():
        assert every_way.rendered.size(policy["PolicyDocument"]) <= 6144


@pytest.mark.parametrize(
    ("kind", "document", "most"),
    [
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
        pytest.param("AWS::S3::BucketPolicy", "PolicyDocument", 20 * 1024, id="bucket, 20 KB"),
        # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
        pytest.param("AWS::EC2::VPCEndpoint", "PolicyDocument", 20_480, id="endpoint, 20,480"),
        # https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
        pytest.param("AWS::KMS::Key", "KeyPolicy", 32 * 1024, id="key, 32 KB"),
        # https://docs.aws.amazon.com/general/latest/gr/sns.html
        pytest.param("AWS::SNS::TopicPolicy", "PolicyDocument", 30_720, id="topic, 30,720"),
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
        pytest.param(
            "AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", 20_480, id="secret, 20,480"
        ),
    ],
)
def test_a_resource_s_policy_is_not_too_long(
    every_way: Synthesised, kind: str, document: str, most: int
) -> None:
    found = every_way.of_type(kind).values()
    assert found
    for each in found:
        assert every_way.rendered.size(each[document]) <= most


def test_a_queue_s_policy_has_at_most_20_statements_and_10_conditions(
    every_way: Synthesised,
) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html"""
    for policy in every_way.of_type("AWS::SQS::QueuePolicy").values():
        statements = policy["PolicyDocument"]["Statement"]
        assert len(statements) <= 20
        assert sum(len(each.get("Condition", {})) for each in statements) <= 10
        assert every_way.rendered.size(policy["PolicyDocument"]) <= 8192
