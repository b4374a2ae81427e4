"""A first deploy that fails can be repeated as it is; after it, nothing is lost by mistake."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.synthesised import Synthesised, synthesise

BUCKETS = ("uploads", "results", "images")

HOLD_DATA = {
    "DatabaseInstanceAA8A5FDE": "AWS::RDS::DBInstance",
    "StorageUploadsBucketEA2039D6": "AWS::S3::Bucket",
    "StorageResultsBucketE222EF50": "AWS::S3::Bucket",
    "StorageImagesBucket2BAF6E59": "AWS::S3::Bucket",
    "StorageCdnDAD8DEA3": "AWS::CloudFront::Distribution",
    "QueuesUploadsQueue0DD548C0": "AWS::SQS::Queue",
    "QueuesImagesQueue6C169ECE": "AWS::SQS::Queue",
    "QueuesOutcomesQueue4D97A9AC": "AWS::SQS::Queue",
    "QueuesFinishedQueue36267464": "AWS::SQS::Queue",
    "QueuesDeliveriesQueue7A18382D": "AWS::SQS::Queue",
    "HttpApi9292168F": "AWS::ApiGatewayV2::Api",
}
"""Logical ids come from a construct's place in the tree. Moving it makes a new resource, and an
update then deletes the old one, or leaves it without its users."""


@pytest.fixture
def first() -> Synthesised:
    return synthesise("prod", first_deploy="true")


def database(stage: Synthesised) -> dict[str, Any]:
    (instance,) = (
        each for each in stage.resources.values() if each["Type"] == "AWS::RDS::DBInstance"
    )
    return instance


def test_prod_s_data_cannot_be_deleted_by_mistake(prod: Synthesised) -> None:
    assert prod.is_protected
    instance = database(prod)
    assert instance["Properties"]["DeletionProtection"] is True
    assert instance["Properties"]["DeleteAutomatedBackups"] is False
    assert instance["Properties"]["MultiAZ"] is True
    assert instance["DeletionPolicy"] == "Snapshot"
    for name in BUCKETS:
        assert prod.resources[prod.bucket_id(name)]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_its_first_deploy_can_be_rolled_back_and_leaves_nothing(first: Synthesised) -> None:
    """CloudFormation cannot delete what is protected, and its stack then stands in the way."""
    assert not first.is_protected
    instance = database(first)
    assert instance["Properties"]["DeletionProtection"] is False
    assert instance["Properties"]["DeleteAutomatedBackups"] is True
    policies = {each.get("DeletionPolicy", "Delete") for each in first.resources.values()}
    assert policies == {"Delete", "RetainExceptOnCreate"}


def test_the_deploy_after_the_first_changes_the_protection_and_nothing_else(
    first: Synthesised, prod: Synthesised
) -> None:
    instance = set(prod.of_type("AWS::RDS::DBInstance"))
    differing = {key for key, each in prod.resources.items() if each != first.resources.get(key)}
    assert differing == instance
    changed = {
        key
        for key, value in database(prod)["Properties"].items()
        if database(first)["Properties"].get(key) != value
    }
    assert changed == {"DeletionProtection", "DeleteAutomatedBackups"}
    assert prod.template["Outputs"] == first.template["Outputs"]


def test_dev_is_deleted_in_one_go(on_aws: Synthesised) -> None:
    if on_aws.name == "darkroom-dev":
        assert not on_aws.is_protected
        policies = {each.get("DeletionPolicy", "Delete") for each in on_aws.resources.values()}
        assert policies == {"Delete"}


def test_links_of_catalogues_outlive_the_stack(prod: Synthesised) -> None:
    """All that an image's URL leads through, and what that refers to in turn."""
    (distribution,) = prod.of_type("AWS::CloudFront::Distribution")
    (policy,) = (
        key
        for key, each in prod.of_type("AWS::S3::BucketPolicy").items()
        if each["Bucket"] == {"Ref": prod.bucket_id("images")}
    )
    needed = _with_all_they_refer_to(prod, {distribution, policy})
    assert prod.bucket_id("images") in needed
    assert set(prod.of_type("AWS::CloudFront::OriginAccessControl")) <= needed
    for key in needed:
        assert prod.resources[key]["DeletionPolicy"] == "RetainExceptOnCreate", key
        assert prod.resources[key]["UpdateReplacePolicy"] == "Retain", key


def test_what_holds_data_is_the_same_resource_after_an_update(on_aws: Synthesised) -> None:
    for key, kind in HOLD_DATA.items():
        assert on_aws.resources[key]["Type"] == kind


def test_the_password_is_not_changed_while_the_first_migration_runs(on_aws: Synthesised) -> None:
    ((key, rotation),) = on_aws.of_type("AWS::SecretsManager::RotationSchedule").items()
    assert rotation["RotateImmediatelyOnUpdate"] is False
    (run,) = on_aws.of_type("Custom::Migrations")
    assert run in on_aws.resources[key]["DependsOn"]


def test_logs_that_aws_would_make_are_there_before_what_writes_them(on_aws: Synthesised) -> None:
    """Otherwise AWS makes them, and keeps them for ever."""
    (instance,) = on_aws.of_type("AWS::RDS::DBInstance")
    (rotation,) = on_aws.of_type("AWS::SecretsManager::RotationSchedule")
    for key, group in on_aws.of_type("AWS::Logs::LogGroup").items():
        name = group.get("LogGroupName")
        if name == f"/aws/rds/instance/{on_aws.name}/postgresql":
            assert key in on_aws.resources[instance]["DependsOn"]
        elif isinstance(name, str):
            assert name == f"/aws/lambda/{on_aws.name}-rotation"
            assert key in on_aws.resources[rotation]["DependsOn"]


def _with_all_they_refer_to(stage: Synthesised, keys: set[str]) -> set[str]:
    seen: set[str] = set()
    ahead = set(keys)
    while ahead:
        key = ahead.pop()
        seen.add(key)
        ahead |= set(_references(stage.resources[key])) & set(stage.resources) - seen
    return seen


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
    elif isinstance(value, dict):
        if "Ref" in value:
            yield str(value["Ref"])
        if "Fn::GetAtt" in value:
            yield str(value["Fn::GetAtt"][0])
        for each in value.values():
            yield from _references(each)


def test_the_settings_output_repeats_what_was_chosen() -> None:
    chosen = {"alarm_email": "ops@example.com", "stores": "s3,cloudinary"}
    stage = synthesise("prod", **chosen, account_concurrency="50", first_deploy="true")
    assert json.loads(str(stage.outputs["Settings"])) == chosen
