"""Who triggers whom, and what each trigger promises."""

import json
import re
from collections.abc import Container
from graphlib import TopologicalSorter
from typing import Any

import pytest

from infra.settings import SIZES
from pipeline.redelivery import pause
from processor.retries import STORE_TRIES
from tests.infra.synthesised import QUEUES, Synthesised

TRIGGERS = {
    ("uploads", "ingest"),
    ("images", "processor"),
    ("outcomes", "recorder"),
    ("images-dead", "recorder"),
    ("deliveries-dead", "recorder"),
    ("finished", "finisher"),
    ("deliveries", "notifier"),
}

MAIN_QUEUES = [each for each in QUEUES if not each.endswith("-dead")]


def test_queues_trigger_functions_as_drawn(stage: Synthesised) -> None:
    assert {(queue, function) for queue, function, _ in stage.triggers()} == TRIGGERS


def test_every_trigger_takes_partial_batch_responses(stage: Synthesised) -> None:
    for _, _, mapping in stage.triggers():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_consumer_may_put_back_what_it_cannot_read(stage: Synthesised) -> None:
    for queue, function in TRIGGERS:
        needed = {f"sqs:ChangeMessageVisibility {queue}", f"sqs:GetQueueUrl {queue}"}
        assert needed <= stage.rights(function)


@pytest.mark.parametrize("function", ["api", "janitor", "ingest"])
def test_a_deploy_updates_consumers_before_what_brings_new_features_in(
    stage: Synthesised, function: str
) -> None:
    """Features are asked for at the API, and by the janitor's schedule; ingest hands them on."""
    rights = stage.rights(function)
    consumers = {other for queue, other in TRIGGERS if f"sqs:SendMessage {queue}" in rights}
    assert consumers - {function} <= updated_before(stage, function)
    assert "recorder" in updated_before(stage, function)  # of what the processor makes of it


def updated_before(stage: Synthesised, function: str) -> set[str]:
    """The functions that CloudFormation is done with when it comes to this one."""
    names = {stage.function_id(name): name for name in stage.functions}
    found: set[str] = set()
    waiting = [stage.function_id(function)]
    while waiting:
        for key in stage.resources[waiting.pop()].get("DependsOn", []):
            if key in names and names[key] not in found:
                found.add(names[key])
                waiting.append(key)
    return found


def test_no_resource_waits_for_itself(stage: Synthesised) -> None:
    """CloudFormation refuses circles, after it has been asked to deploy them."""
    graph = {key: needed(each, stage.resources) for key, each in stage.resources.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(stage.resources)


def needed(resource: dict[str, Any], known: Container[str]) -> set[str]:
    """The resources that one names, or depends on by its own word."""
    found = set(resource.get("DependsOn", []))
    waiting: list[Any] = [resource.get("Properties", {})]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found |= {value["Ref"]} if isinstance(value.get("Ref"), str) else set()
            if "Fn::GetAtt" in value:
                found.add(value["Fn::GetAtt"][0])
            if isinstance(value.get("Fn::Sub"), str):
                found |= set(re.findall(r"\$\{(\w+)", value["Fn::Sub"]))
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return {key for key in found if key in known}


def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_run(
    stage: Synthesised,
) -> None:
    """And as long as the batch is waited for, on top:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    for queue, function, mapping in stage.triggers():
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        assert stage.queue(queue)["VisibilityTimeout"] >= 6 * SIZES[function].timeout + window


@pytest.mark.parametrize("name", MAIN_QUEUES)
def test_a_queue_has_dead_letters_after_five_tries_or_more(stage: Synthesised, name: str) -> None:
    policy = stage.queue(name)["RedrivePolicy"]
    assert policy["deadLetterTargetArn"] == {"Fn::GetAtt": [stage.queue_id(f"{name}-dead"), "Arn"]}
    assert policy["maxReceiveCount"] >= 5


def test_the_processor_gives_up_before_the_queue_does(stage: Synthesised) -> None:
    assert stage.queue("images")["RedrivePolicy"]["maxReceiveCount"] > STORE_TRIES


@pytest.mark.parametrize(("name", "hours"), [("outcomes", 10), ("uploads", 1), ("finished", 1)])
def test_messages_outlast_hours_without_a_database(
    stage: Synthesised, name: str, hours: int
) -> None:
    """A run without a database fails at once, so its messages come again after their pauses."""
    receives = stage.queue(name)["RedrivePolicy"]["maxReceiveCount"]
    assert sum(pause(n, jitter=0.0) for n in range(1, receives + 1)) > hours * 3600


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_encrypted_keeps_messages_two_weeks_and_refuses_plain_http(
    stage: Synthesised, name: str
) -> None:
    queue = stage.queue(name)
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    policies = [
        each["PolicyDocument"]["Statement"]
        for each in stage.of_type("AWS::SQS::QueuePolicy").values()
        if {"Ref": stage.queue_id(name)} in each["Queues"]
    ]
    (statements,) = policies
    assert any(
        each["Effect"] == "Deny" and each["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for each in statements
    )


def test_batches_suit_the_work(on_aws: Synthesised) -> None:
    sizes = {(queue, function): each["BatchSize"] for queue, function, each in on_aws.triggers()}
    assert sizes["uploads", "ingest"] == sizes["finished", "finisher"] == 1
    assert sizes["images", "processor"] == 100
    assert sizes["outcomes", "recorder"] == 100


def test_the_local_cloud_gets_no_batch_that_it_cannot_make(local: Synthesised) -> None:
    for _, _, mapping in local.triggers():
        assert mapping["BatchSize"] <= 10
        assert "MaximumBatchingWindowInSeconds" not in mapping


def test_no_queue_starts_an_unbounded_number_of_invocations(
    stage: Synthesised,
) -> None:
    for _, _, mapping in stage.triggers():
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_an_upload_tells_the_uploads_queue(stage: Synthesised) -> None:
    bucket = stage.bucket("uploads")
    (told,) = bucket["NotificationConfiguration"]["QueueConfigurations"]
    assert told["Queue"] == {"Fn::GetAtt": [stage.queue_id("uploads"), "Arn"]}
    assert told["Event"] == "s3:ObjectCreated:*"
    assert {each["Value"] for each in told["Filter"]["S3Key"]["Rules"]} == {"uploads/", ".csv"}
    (policy,) = (
        key
        for key, each in stage.of_type("AWS::SQS::QueuePolicy").items()
        if {"Ref": stage.queue_id("uploads")} in each["Queues"]
    )
    assert policy in stage.resources[stage.bucket_id("uploads")]["DependsOn"]


def test_only_this_account_s_buckets_may_tell_the_uploads_queue(stage: Synthesised) -> None:
    statements = [
        each
        for policy in stage.of_type("AWS::SQS::QueuePolicy").values()
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    ]
    (only,) = statements
    assert only["Principal"] == {"Service": "s3.amazonaws.com"}
    assert only["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_janitor_runs_every_minute_and_never_twice_for_one(stage: Synthesised) -> None:
    (rule,) = (
        each for each in stage.of_type("AWS::Events::Rule").values() if "ScheduleExpression" in each
    )
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [stage.function_id("janitor"), "Arn"]}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}
    (invoke,) = stage.of_type("AWS::Lambda::EventInvokeConfig").values()
    assert invoke["MaximumRetryAttempts"] == 0


def test_every_request_goes_to_the_api_and_is_throttled_and_logged(stage: Synthesised) -> None:
    (route,) = stage.of_type("AWS::ApiGatewayV2::Route").values()
    assert route["RouteKey"] == "$default"
    (integration,) = stage.of_type("AWS::ApiGatewayV2::Integration").values()
    assert integration["IntegrationUri"] == {"Fn::GetAtt": [stage.function_id("api"), "Arn"]}
    assert integration["PayloadFormatVersion"] == "2.0"
    (front,) = stage.of_type("AWS::ApiGatewayV2::Stage").values()
    assert front["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert "requestId" in json.loads(front["AccessLogSettings"]["Format"])


def test_migrations_run_before_the_code_that_needs_them(stage: Synthesised) -> None:
    (run,) = stage.of_type("Custom::Migrations")
    for name in ("api", "ingest", "recorder", "finisher", "janitor"):
        assert run in stage.resources[stage.function_id(name)]["DependsOn"]
    assert stage.function_id("migrator") in stage.resources[run]["DependsOn"]


def test_migrations_run_once_the_database_and_its_password_can_be_reached(
    on_aws: Synthesised,
) -> None:
    """Without the endpoint and the rules of the groups the migrator waits until it is ended."""
    (run,) = on_aws.of_type("Custom::Migrations")
    before = set(on_aws.resources[run]["DependsOn"])
    for kind in ("VPCEndpoint", "SecurityGroupIngress", "SecurityGroupEgress"):
        assert set(on_aws.of_type(f"AWS::EC2::{kind}")) <= before


def test_operators_and_tools_find_what_they_need_in_the_outputs(stage: Synthesised) -> None:
    queues = {f"{each.capitalize()}{kind}QueueUrl" for each in MAIN_QUEUES for kind in ("", "Dead")}
    buckets = {"UploadsBucket", "ResultsBucket", "ImagesBucket"}
    functions = {f"{name.capitalize()}Function": name for name in stage.functions}
    addresses = {"ApiUrl", "ImagesUrl"}
    on_aws = {"DatabaseInstance", "DatabaseSecret", "ImagesDistribution", "ImagesDomainTarget"}
    on_aws |= {"Settings"}
    if stage.of_type("AWS::RDS::DBInstance"):
        addresses |= on_aws
    assert set(stage.outputs) == queues | buckets | set(functions) | addresses
    for output, name in functions.items():
        assert stage.outputs[output] == {"Ref": stage.function_id(name)}
