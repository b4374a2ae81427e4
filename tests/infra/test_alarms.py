"""What a person hears of."""

import pytest

from tests.infra.synthesised import QUEUES, ROOT, Properties, Synthesised, listed


def watched(stage: Synthesised, metric: str) -> set[str]:
    """Values of the dimensions of all alarms on a metric."""
    return {
        str(dimension["Value"])
        for alarm in stage.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric
        for dimension in alarm["Dimensions"]
    }


def named(stage: Synthesised, *queues: str) -> set[str]:
    return {str({"Fn::GetAtt": [stage.queue_id(each), "QueueName"]}) for each in queues}


def test_every_dead_letter_is_heard_of(on_aws: Synthesised) -> None:
    dead = [each for each in QUEUES if each.endswith("-dead")]
    assert watched(on_aws, "ApproximateNumberOfMessagesVisible") == named(on_aws, *dead)


def test_every_queue_that_does_not_keep_up_is_heard_of(on_aws: Synthesised) -> None:
    main = [each for each in QUEUES if not each.endswith("-dead")]
    assert watched(on_aws, "ApproximateAgeOfOldestMessage") == named(on_aws, *main)


def test_every_function_s_errors_and_throttles_are_heard_of(on_aws: Synthesised) -> None:
    functions = {str({"Ref": on_aws.function_id(name)}) for name in on_aws.functions}
    assert functions < watched(on_aws, "Errors")
    assert watched(on_aws, "Throttles") == functions


def test_messages_that_lambda_drops_as_a_loop_are_heard_of(on_aws: Synthesised) -> None:
    """Lambda counts them by function: docs.aws.amazon.com/lambda/latest/dg/invocation-recursion"""
    functions = {str({"Ref": on_aws.function_id(name)}) for name in on_aws.functions}
    assert watched(on_aws, "RecursiveInvocationsDropped") == functions


def test_a_password_that_could_not_be_changed_is_heard_of(on_aws: Synthesised) -> None:
    (rotation,) = on_aws.of_type("AWS::SecretsManager::RotationSchedule").values()
    name = rotation["HostedRotationLambda"]["RotationLambdaName"]
    assert name in watched(on_aws, "Errors")
    assert len(watched(on_aws, "Errors")) == len(on_aws.functions) + 1


def test_what_rds_says_of_the_database_is_heard_of(on_aws: Synthesised) -> None:
    (rule,) = (
        each for each in on_aws.of_type("AWS::Events::Rule").values() if "EventPattern" in each
    )
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.rds"], ["RDS DB Instance Event"])
    assert {"failure", "failover", "low storage", "maintenance"} <= {
        *pattern["detail"]["EventCategories"]
    }
    (instance,) = on_aws.of_type("AWS::RDS::DBInstance")
    assert f"'Ref': '{instance}'" in str(pattern["resources"])
    (topic,) = on_aws.of_type("AWS::SNS::Topic")
    assert [target["Arn"] for target in rule["Targets"]] == [{"Ref": topic}]


def test_a_disk_that_has_not_grown_in_time_is_heard_of(on_aws: Synthesised) -> None:
    """RDS grows it when less than a tenth is free, so a higher bound would be a false alarm."""
    (alarm,) = (
        each
        for each in on_aws.of_type("AWS::CloudWatch::Alarm").values()
        if each["MetricName"] == "FreeStorageSpace"
    )
    (instance,) = on_aws.of_type("AWS::RDS::DBInstance").values()
    assert 0 < alarm["Threshold"] < int(instance["AllocatedStorage"]) * 2**30 / 10


def test_a_janitor_that_does_not_run_is_heard_of(on_aws: Synthesised) -> None:
    (alarm,) = (
        each
        for each in on_aws.of_type("AWS::CloudWatch::Alarm").values()
        if each["MetricName"] == "Invocations"
    )
    assert alarm["TreatMissingData"] == "breaching"


def test_the_database_and_the_api_are_watched(on_aws: Synthesised) -> None:
    for metric in ("FreeStorageSpace", "CPUUtilization", "5xx"):
        assert watched(on_aws, metric)


def test_every_alarm_goes_to_the_one_encrypted_topic(on_aws: Synthesised) -> None:
    ((topic, properties),) = on_aws.of_type("AWS::SNS::Topic").items()
    assert properties["KmsMasterKeyId"]
    for alarm in on_aws.of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": topic}]


@pytest.mark.parametrize("service", ["cloudwatch", "events"])
def test_a_service_may_write_to_the_topic_and_use_its_key(
    on_aws: Synthesised, service: str
) -> None:
    """Without the key an alarm is raised, and its message silently lost."""
    ((topic, properties),) = on_aws.of_type("AWS::SNS::Topic").items()
    (policy,) = on_aws.of_type("AWS::SNS::TopicPolicy").values()
    assert policy["Topics"] == [{"Ref": topic}]
    key = on_aws.resources[properties["KmsMasterKeyId"]["Fn::GetAtt"][0]]["Properties"]
    assert "sns:Publish" in _allowed(policy["PolicyDocument"], service)
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= _allowed(key["KeyPolicy"], service)


def _allowed(policy: Properties, service: str) -> set[str]:
    return {
        action
        for each in policy["Statement"]
        if each["Effect"] == "Allow"
        and isinstance(each["Principal"], dict)
        and f"{service}.amazonaws.com" in listed(each["Principal"].get("Service"))
        for action in listed(each["Action"])
    }


def test_every_alarm_has_its_page(on_aws: Synthesised) -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    sections = {
        section.partition("\n")[0].lower().replace(" ", "-"): section
        for section in page.split("\n### ")
    }
    for alarm in on_aws.of_type("AWS::CloudWatch::Alarm").values():
        name, _, text = alarm["AlarmDescription"].partition(": ")
        anchor = text.partition("See docs/operations.md#")[2]
        assert f"`{name}`" in sections[anchor]
