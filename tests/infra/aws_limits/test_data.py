"""What SQS, S3, RDS and Secrets Manager demand of what holds data."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

from localcloud.cluster import Cluster
from tests.infra.synthesised import Synthesised


def test_a_queue_is_within_sqs_s_limits(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    for queue in every_way.of_type("AWS::SQS::Queue").values():
        assert 0 <= queue["VisibilityTimeout"] <= 43_200
        assert 60 <= queue["MessageRetentionPeriod"] <= 1_209_600
        if "RedrivePolicy" in queue:
            dead = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
            assert 1 <= queue["RedrivePolicy"]["maxReceiveCount"] <= 1000
            # A dead letter keeps the time at which it was sent, so it needs at least as long.
            kept = every_way.resources[dead]["Properties"]["MessageRetentionPeriod"]
            assert kept >= queue["MessageRetentionPeriod"]


def test_s3_may_tell_a_queue_before_it_is_told_to(every_way: Synthesised) -> None:
    """S3 sends a test message, and without the right to it the bucket is not made:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html"""
    for key, bucket in every_way.of_type("AWS::S3::Bucket").items():
        for told in bucket.get("NotificationConfiguration", {}).get("QueueConfigurations", []):
            queue = told["Queue"]["Fn::GetAtt"][0]
            (policy,) = (
                name
                for name, each in every_way.of_type("AWS::SQS::QueuePolicy").items()
                if {"Ref": queue} in each["Queues"]
            )
            assert policy in every_way.resources[key]["DependsOn"]
            # S3's service cannot use a key of AWS's own; SQS's own encryption needs none.
            assert "KmsMasterKeyId" not in every_way.resources[queue]["Properties"]


def test_access_logs_go_to_a_bucket_that_takes_them(every_way: Synthesised) -> None:
    """With S3's own key and without a lock:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html"""
    buckets = every_way.of_type("AWS::S3::Bucket")
    targets = {
        each["LoggingConfiguration"]["DestinationBucketName"]["Ref"]
        for each in buckets.values()
        if "LoggingConfiguration" in each
    }
    for key in targets:
        (rule,) = buckets[key]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        assert not buckets[key].get("ObjectLockEnabled")


def test_the_instance_is_one_that_rds_takes(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html"""
    ((key, instance),) = every_way.of_type("AWS::RDS::DBInstance").items()
    first = int(instance["AllocatedStorage"])
    assert 20 <= first <= 65_536  # gp3 for PostgreSQL
    assert first >= 400 or not {"Iops", "StorageThroughput"} & set(instance)
    assert instance["MaxAllocatedStorage"] >= first * 1.1
    assert 1 <= instance["BackupRetentionPeriod"] <= 35
    assert 1150 <= int(instance["Port"]) <= 65_535
    assert set(instance["EnableCloudwatchLogsExports"]) <= {
        *("postgresql", "upgrade", "iam-db-auth-error")
    }
    retention = instance["PerformanceInsightsRetentionPeriod"]
    assert retention in (7, 731, *(31 * month for month in range(1, 24)))
    assert "AvailabilityZone" not in instance  # not where there are several
    family = every_way.resources[instance["DBParameterGroupName"]["Ref"]]["Properties"]["Family"]
    assert family == f"postgres{instance['EngineVersion'].partition('.')[0]}"
    assert every_way.resources[key]["DeletionPolicy"] in ("Delete", "Snapshot")


def test_the_parameters_are_ones_that_postgresql_has(every_way: Synthesised) -> None:
    """As a server of that version describes them; those of RDS itself begin with its name:
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html"""
    known = _parameters_of_postgresql()
    (group,) = every_way.of_type("AWS::RDS::DBParameterGroup").values()
    assert group["Family"] == "postgres18"
    for name, value in group["Parameters"].items():
        if name.startswith("rds."):
            assert name == "rds.force_ssl"
        elif known[name].kind == "BOOLEAN":
            assert value in ("0", "1")
        else:
            assert known[name].kind == "INTEGER"
            assert int(known[name].least) <= int(value) <= int(known[name].most)


def test_its_subnets_are_in_two_zones(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"""
    (group,) = every_way.of_type("AWS::RDS::DBSubnetGroup").values()
    subnets = every_way.of_type("AWS::EC2::Subnet")
    zones = {json.dumps(subnets[each["Ref"]]["AvailabilityZone"]) for each in group["SubnetIds"]}
    assert len(zones) >= 2


def test_no_password_has_a_character_that_rds_refuses(every_way: Synthesised) -> None:
    """Nor what its rotation would put in its place."""
    for secret in every_way.of_type("AWS::SecretsManager::Secret").values():
        generated = secret.get("GenerateSecretString", {})
        if generated.get("GenerateStringKey") == "password":
            assert set("/@\"' ") <= set(generated["ExcludeCharacters"])
            assert 8 <= generated["PasswordLength"] <= 128
    for rotation in every_way.of_type("AWS::SecretsManager::RotationSchedule").values():
        assert set("/@\"' ") <= set(rotation["HostedRotationLambda"]["ExcludeCharacters"])


def test_events_reach_the_encrypted_topic(every_way: Synthesised) -> None:
    """RDS's own subscriptions were documented to send nothing to an encrypted topic; EventBridge
    does, with a right to the key that names no source account, and without a role:
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html"""
    assert not every_way.of_type("AWS::RDS::EventSubscription")
    topics = every_way.of_type("AWS::SNS::Topic")
    for rule in every_way.of_type("AWS::Events::Rule").values():
        for target in rule["Targets"]:
            if target["Arn"].get("Ref") in topics:
                assert "RoleArn" not in target
                key = topics[target["Arn"]["Ref"]]["KmsMasterKeyId"]["Fn::GetAtt"][0]
                statements = every_way.resources[key]["Properties"]["KeyPolicy"]["Statement"]
                (given,) = (
                    each for each in statements if "events.amazonaws.com" in str(each["Principal"])
                )
                assert set(given["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
                assert "Condition" not in given


class Parameter(NamedTuple):
    """A line of ``postgres --describe-config``."""

    name: str
    context: str
    group: str
    kind: str
    value: str
    least: str
    most: str


@cache
def _parameters_of_postgresql() -> dict[str, Parameter]:
    command = [str(Cluster(Path("none")).programs / "postgres"), "--describe-config"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [Parameter(*line.split("\t")[:7]) for line in told.splitlines()]
    return {each.name: each for each in lines}
