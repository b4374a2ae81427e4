"""Buckets and the database: encrypted, private, kept as long as they should be."""

import pytest

from tests.infra.synthesised import Synthesised

BUCKETS = ("uploads", "results", "images")


def test_every_bucket_is_encrypted_private_and_refuses_plain_http(on_aws: Synthesised) -> None:
    policies = {
        each["Bucket"]["Ref"]: each["PolicyDocument"]["Statement"]
        for each in on_aws.of_type("AWS::S3::BucketPolicy").values()
    }
    for key, bucket in on_aws.of_type("AWS::S3::Bucket").items():
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert any(
            each["Effect"] == "Deny"
            and each["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for each in policies[key]
        )


@pytest.mark.parametrize("name", BUCKETS)
def test_an_upload_that_was_never_finished_costs_nothing(stage: Synthesised, name: str) -> None:
    rule, *_ = stage.bucket(name)["LifecycleConfiguration"]["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def kept(stage: Synthesised) -> int:
    """Days that jobs are kept."""
    return int(stage.environment("janitor")["RETENTION_DAYS"])


def test_results_go_when_their_job_goes(stage: Synthesised) -> None:
    (rule,) = stage.bucket("results")["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == kept(stage)


def test_images_stay_for_the_catalogues_that_link_to_them(stage: Synthesised) -> None:
    for rule in stage.bucket("images")["LifecycleConfiguration"]["Rules"]:
        assert "ExpirationInDays" not in rule or rule["Prefix"] == "cancelled/"


def test_the_mark_of_a_cancelled_job_outlives_its_messages(stage: Synthesised) -> None:
    rules = stage.bucket("images")["LifecycleConfiguration"]["Rules"]
    (days,) = (each["ExpirationInDays"] for each in rules if "ExpirationInDays" in each)
    assert days * 24 * 3600 > stage.queue("images")["MessageRetentionPeriod"]


def test_a_job_s_version_of_its_upload_is_there_for_as_long_as_the_job_can_be_retried(
    stage: Synthesised,
) -> None:
    """Also if its key was written again at once."""
    bucket = stage.bucket("uploads")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": kept(stage)}
    assert stage.environment("api")["RETENTION_DAYS"] == str(kept(stage))


def test_no_upload_outlives_its_job_by_more_than_a_week(stage: Synthesised) -> None:
    """Where there are versions expiration deletes nothing: it makes the newest one an old one."""
    (rule,) = stage.bucket("uploads")["LifecycleConfiguration"]["Rules"]
    superseded = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
    assert kept(stage) <= rule["ExpirationInDays"] + superseded <= kept(stage) + 7


def test_browsers_may_post_uploads_and_get_results(stage: Synthesised) -> None:
    for name, method in (("uploads", "POST"), ("results", "GET")):
        (rule,) = stage.bucket(name)["CorsConfiguration"]["CorsRules"]
        assert rule["AllowedMethods"] == [method]
        assert rule["AllowedOrigins"] == ["*"]


def test_only_the_cdn_reads_images(on_aws: Synthesised) -> None:
    (cdn,) = on_aws.of_type("AWS::CloudFront::Distribution")
    allowed = [
        statement
        for policy in on_aws.of_type("AWS::S3::BucketPolicy").values()
        if policy["Bucket"]["Ref"] == on_aws.bucket_id("images")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    (only,) = allowed
    assert "/images/*" in str(only["Resource"])
    assert "cancelled" not in str(only["Resource"])
    assert only["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert only["Action"] == "s3:GetObject"
    assert cdn in str(only["Condition"])


def test_the_database_is_encrypted_backed_up_and_grows(on_aws: Synthesised) -> None:
    (instance,) = on_aws.of_type("AWS::RDS::DBInstance").values()
    assert (instance["Engine"], instance["EngineVersion"]) == ("postgres", "18")
    assert instance["StorageEncrypted"] is True
    assert instance["BackupRetentionPeriod"] >= 1
    assert instance["MaxAllocatedStorage"] > int(instance["AllocatedStorage"])
    assert instance["EnableCloudwatchLogsExports"] == ["postgresql"]
    assert instance["EnablePerformanceInsights"] is True
    (parameters,) = on_aws.of_type("AWS::RDS::DBParameterGroup").values()
    assert parameters["Parameters"]["rds.force_ssl"] == "1"
    assert parameters["Parameters"]["log_parameter_max_length"] == "0"


def test_the_database_s_password_is_generated_and_changes(on_aws: Synthesised) -> None:
    (instance,) = on_aws.of_type("AWS::RDS::DBInstance").values()
    assert "resolve:secretsmanager" in str(instance["MasterUserPassword"])
    (rotation,) = on_aws.of_type("AWS::SecretsManager::RotationSchedule").values()
    assert rotation["RotationRules"] == {"ScheduleExpression": "rate(30 days)"}
