"""The topic of all alarms, encrypted, and the services that may publish there."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

PUBLISHERS = ("cloudwatch.amazonaws.com", "events.amazonaws.com")
"""Alarms, and the rule for the database's events. Of RDS's own subscriptions AWS has long said that
an encrypted topic gets nothing from them; EventBridge is documented to work."""


def encrypted_topic(scope: Construct) -> sns.Topic:
    """With a key of our own: no service may use the one that AWS keeps for SNS.

    The statements name no source account. EventBridge gives none when it asks for the key, and
    would then be refused:
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    key = kms.Key(
        scope,
        "Key",
        description="Darkroom alarms",
        enable_key_rotation=True,
        # Nothing is stored under it, so it goes with the topic, and is paid for until then.
        removal_policy=RemovalPolicy.DESTROY,
        pending_window=Duration.days(7),  # the shortest
    )
    topic = sns.Topic(scope, "Topic", master_key=key, enforce_ssl=True)
    for service in PUBLISHERS:
        principal = iam.ServicePrincipal(service)
        key.grant(principal, "kms:Decrypt", "kms:GenerateDataKey*")
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[principal], actions=["sns:Publish"], resources=[topic.topic_arn]
            )
        )
    return topic
