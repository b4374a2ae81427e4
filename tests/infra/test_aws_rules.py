"""What AWS refuses at a deploy, or turns against whoever deploys, and no schema shows.

The kinds beyond these: numbers in `aws_limits`, the first deploy in `test_first_deploy.py`,
concurrency in `test_concurrency.py`, files in `test_file_modes.py`.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from tests.infra.rendered import UUID
from tests.infra.synthesised import (
    QUEUES,
    WAYS,
    Synthesised,
    listed,
    synthesise,
    synthesise_way,
)
from tests.infra.text_rules import RULES, Rule, found

TEXT = re.compile(r"(Name|Description|Comment|Identifier|Namespace|Key|Id|Username)(\[\])?$")
"""How properties that hold a text of ours are called."""

NOT_OURS = (
    r"\.S3Key$|\.Key\.|Rules\[\]\.Name$|LogFilePrefix",  # assets; S3's words for a filter
    r"\.GenerateStringKey$",  # of the secret's JSON, any
    r"\.RouteKey$|\.ServiceName$",  # API Gateway's and EC2's words
    r"CachePolicyId$|PolicyId$|OriginId$|Origins\[\]\.Id$",  # CloudFront's, and its own within it
)


# --- texts and names


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_text_is_one_that_its_service_takes(rule: Rule) -> None:
    for way in WAYS:
        stage = synthesise_way(way)
        for key, resource in stage.resources.items():
            if rule.kind in ("*", resource["Type"]):
                for value in found(resource.get("Properties", {}), rule.path):
                    text = stage.rendered.text(value)
                    wrong = rule.broken_by(text)
                    assert not wrong, f"{way}: {key}.{rule.path} {text!r}: {wrong}. {rule.source}"


def test_every_text_of_ours_has_a_rule(every_way: Synthesised) -> None:
    ruled = {(rule.kind, rule.path) for rule in RULES}
    for key, resource in every_way.resources.items():
        for path in _texts(resource.get("Properties", {})):
            if not any(re.search(each, f".{path}") for each in NOT_OURS):
                assert {(resource["Type"], path), ("*", path)} & ruled, f"{key} {path}"


def test_the_template_itself_is_one_that_cloudformation_takes(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
    template = every_way.template
    assert re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", every_way.name)
    assert 0 < len(template["Description"].encode()) <= 1024
    assert len(json.dumps(template)) <= 1_000_000
    assert len(template["Resources"]) <= 500
    assert len(template["Outputs"]) <= 200
    assert len(template.get("Parameters", {})) <= 200
    for name in (*template["Resources"], *template["Outputs"]):
        assert re.fullmatch(r"[a-zA-Z0-9]{1,255}", name)
    for output in template["Outputs"].values():
        assert len(every_way.rendered.text(output["Value"])) <= 4096
        assert len(output.get("Description", "")) <= 1024
        assert len(output.get("Export", {}).get("Name", "")) <= 255


# --- names that are fixed, and what is kept


def test_what_is_kept_has_no_name_that_the_next_stack_needs(every_way: Synthesised) -> None:
    """The next deploy would end with "already exists"."""
    for key, resource in every_way.resources.items():
        if resource.get("DeletionPolicy", "Delete") not in ("Delete", "Snapshot"):
            for path in _names(resource["Type"]):
                for value in _given(found(resource["Properties"], path)):
                    name = every_way.rendered.text(value)
                    assert UUID[:8] in name, f"{key} is kept, and its name is fixed: {name}"


def test_what_is_kept_goes_with_the_deploy_that_failed_to_make_it(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
    aws-attribute-deletionpolicy.html"""
    policies = {each.get("DeletionPolicy", "Delete") for each in every_way.resources.values()}
    assert policies <= {"Delete", "Snapshot", "RetainExceptOnCreate"}


def test_a_key_that_protects_nothing_any_more_is_not_paid_for(every_way: Synthesised) -> None:
    for key, properties in every_way.of_type("AWS::KMS::Key").items():
        assert every_way.resources[key]["DeletionPolicy"] == "Delete"
        assert properties["PendingWindowInDays"] == 7


# --- loops


def test_lambda_ends_no_loop_that_is_meant_and_every_other(stage: Synthesised) -> None:
    """After 16 turns, by default, and the message is lost:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""
    allowed = {
        name for name, each in stage.functions.items() if each.get("RecursiveLoop") == "Allow"
    }
    assert allowed == _in_a_loop(stage)


def test_the_loops_are_these(prod: Synthesised) -> None:
    """As drawn in docs/architecture.md; a new one needs a count that ends it."""
    assert _in_a_loop(prod) == {"ingest", "processor", "recorder", "finisher", "notifier"}


# --- TLS


@pytest.mark.parametrize("kind", ["S3::Bucket", "SQS::Queue", "SNS::Topic"])
def test_nothing_takes_a_request_without_tls(every_way: Synthesised, kind: str) -> None:
    owners = {"S3::Bucket": "Bucket", "SQS::Queue": "Queues", "SNS::Topic": "Topics"}
    refusing = {
        owner["Ref"]
        for policy in every_way.of_type(f"AWS::{kind}Policy").values()
        for owner in listed(policy[owners[kind]])
        for statement in policy["PolicyDocument"]["Statement"]
        if _refuses_plain_http(statement)
    }
    assert refusing == set(every_way.of_type(f"AWS::{kind}"))


def test_neither_do_the_database_and_the_images_domain(every_way: Synthesised) -> None:
    for group in every_way.of_type("AWS::RDS::DBParameterGroup").values():
        assert group["Parameters"]["rds.force_ssl"] == "1"
    for distribution in every_way.of_type("AWS::CloudFront::Distribution").values():
        config = distribution["DistributionConfig"]
        behaviour = config["DefaultCacheBehavior"]
        assert behaviour["ViewerProtocolPolicy"] in ("redirect-to-https", "https-only")
        if "ViewerCertificate" in config:
            assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def _refuses_plain_http(statement: dict[str, Any]) -> bool:
    return (
        statement["Effect"] == "Deny"
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        and statement["Principal"] in ("*", {"AWS": "*"})
    )


def _in_a_loop(stage: Synthesised) -> set[str]:
    """The functions whose messages can lead back to them."""
    leads: dict[str, set[str]] = {}
    for queue, function, _ in stage.triggers():
        leads.setdefault(queue, set()).add(function)
    for queue in QUEUES:
        if "RedrivePolicy" in stage.queue(queue):
            leads.setdefault(queue, set()).add(f"{queue}-dead")
    for function in stage.functions:
        for right in stage.rights(function):
            action, _, target = right.partition(" ")
            if action == "sqs:SendMessage":
                leads.setdefault(function, set()).add(target)
            if action == "s3:PutObject":
                leads.setdefault(function, set()).add(target.partition("/")[0] + " bucket")
    leads["uploads bucket"] = {"uploads"}  # tests/infra/test_wiring.py: no other tells a queue
    return {function for function in stage.functions if function in _reached(function, leads)}


def _reached(start: str, leads: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = [*leads.get(start, ())]
    while ahead:
        place = ahead.pop()
        if place not in seen:
            seen.add(place)
            ahead += leads.get(place, ())
    return seen


def _names(kind: str) -> list[str]:
    """Properties that name a resource among all of its kind, as the resource's schema says."""
    if kind == "AWS::CloudFront::OriginAccessControl":
        return ["OriginAccessControlConfig.Name"]  # the schema knows its id alone
    if kind.startswith("Custom::"):
        return []
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    keys = [schema["primaryIdentifier"], *schema.get("additionalIdentifiers", [])]
    read_only = set(schema.get("readOnlyProperties", []))
    return [
        pointer.removeprefix("/properties/").replace("/", ".")
        for key in keys
        for pointer in key
        if pointer not in read_only and len(key) == 1
    ]


def _texts(value: Any, path: str = "") -> Iterator[str]:
    """Paths of the literal texts whose property is called like a text of ours."""
    if isinstance(value, dict):
        if "Fn::Join" in value and TEXT.search(path):
            yield path
        for key, each in value.items():
            if not key.startswith("Fn::") and "Policy" not in key and key != "Ref":
                yield from _texts(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, f"{path}[]")
    elif isinstance(value, str) and TEXT.search(path):
        yield path


def _given(values: Iterator[Any]) -> Iterator[Any]:
    """Without what refers to another resource: that one's name counts."""
    return (each for each in values if not (isinstance(each, dict) and "Ref" in each))


def test_the_rules_find_an_apostrophe() -> None:
    (rule,) = (each for each in RULES if str(each) == "AWS::EC2::SecurityGroupIngress Description")
    assert rule.broken_by("From the data zone's functions")
    assert not rule.broken_by("From functions of the data zone")


def test_the_rules_see_what_cloudformation_fills_in() -> None:
    stage = synthesise("prod")
    (access,) = stage.of_type("AWS::CloudFront::OriginAccessControl").values()
    name = stage.rendered.text(access["OriginAccessControlConfig"]["Name"])
    assert name == f"darkroom-prod-{UUID[:8]}"
