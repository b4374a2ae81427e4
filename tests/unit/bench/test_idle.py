"""The bill of an idle stage, held to its template: whatever is added to that is on the bill."""

import copy
from typing import Any

import pytest

from bench import idle
from bench.resources import FREE, PRICED, UnpricedError
from tests.infra.synthesised import synthesise

# With those of tests/infra: another worker would synthesise the stages once more.
pytestmark = pytest.mark.xdist_group("infra")

Resources = dict[str, dict[str, Any]]

NEW_QUEUE = {"Fn::GetAtt": ["NewQueue", "Arn"]}

MORE: dict[str, tuple[float, Resources]] = {
    "a key": (1.00, {"Key": {"Type": "AWS::KMS::Key"}}),
    "a secret": (0.40, {"Secret": {"Type": "AWS::SecretsManager::Secret"}}),
    "a dashboard": (3.00, {"Board": {"Type": "AWS::CloudWatch::Dashboard"}}),
    "an alarm on one metric": (
        0.10,
        {"One": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Period": 300}}},
    ),
    "an alarm on two metrics": (
        0.20,
        {
            "Two": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "Metrics": [
                        {"Id": "a", "MetricStat": {"Period": 60}},
                        {"Id": "b", "MetricStat": {"Period": 60}},
                        {"Id": "sum", "Expression": "a + b"},
                    ]
                },
            }
        },
    ),
    "an interface endpoint in two subnets": (
        14.60,
        {
            "Door": {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {"VpcEndpointType": "Interface", "SubnetIds": ["a", "b"]},
            }
        },
    ),
    "a gateway endpoint": (
        0.00,
        {"Gate": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Gateway"}}},
    ),
    "a queue that triggers a function": (
        0.2628,
        {
            "NewQueue": {"Type": "AWS::SQS::Queue"},
            "Trigger": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"EventSourceArn": NEW_QUEUE},
            },
        },
    ),
    "a queue alone": (0.00, {"NewQueue": {"Type": "AWS::SQS::Queue"}}),
    "a second database in two zones": (
        245.28 + 23.00,
        {
            "Second": {
                "Type": "AWS::RDS::DBInstance",
                "Properties": {
                    "DBInstanceClass": "db.m7g.large",
                    "StorageType": "gp3",
                    "AllocatedStorage": "100",
                    "MultiAZ": True,
                },
            }
        },
    ),
}


@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_resource_more_is_its_price_more(stage: str, more: str) -> None:
    template = synthesise(stage).template
    dollars, resources = MORE[more]
    larger = template | {"Resources": template["Resources"] | resources}
    assert idle.total(larger) - idle.total(template) == pytest.approx(dollars, abs=1e-6)


@pytest.mark.parametrize(("stage", "low", "high"), [("dev", 40, 80), ("prod", 290, 330)])
def test_an_idle_stage_costs_tens_or_hundreds_of_dollars(stage: str, low: int, high: int) -> None:
    assert low < idle.total(synthesise(stage).template) < high


def test_what_is_done_each_minute_is_paid_each_minute() -> None:
    template = copy.deepcopy(synthesise("dev").template)
    (rule,) = (
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Events::Rule" and "ScheduleExpression" in each["Properties"]
    )
    before = idle.total(template)
    rule["ScheduleExpression"] = "rate(1 hour)"
    assert before - idle.total(template) == pytest.approx(0.303, abs=0.005)


UNPRICED = {
    "another instance": ("AWS::RDS::DBInstance", {"DBInstanceClass": "db.x9g.huge"}),
    "another disk": ("AWS::RDS::DBInstance", {"StorageType": "io2"}),
    "enhanced monitoring": ("AWS::RDS::DBInstance", {"MonitoringInterval": 60}),
    "insights for a month": ("AWS::RDS::DBInstance", {"PerformanceInsightsRetentionPeriod": 31}),
    "provisioned polling": (
        "AWS::Lambda::EventSourceMapping",
        {"ProvisionedPollerConfig": {"MinimumPollers": 2}},
    ),
    "SnapStart": ("AWS::Lambda::Function", {"SnapStart": {"ApplyOn": "PublishedVersions"}}),
    "an alarm by the second": ("AWS::CloudWatch::Alarm", {"Period": 10}),
    "a schedule of days": ("AWS::Events::Rule", {"ScheduleExpression": "cron(0 3 * * ? *)"}),
}


@pytest.mark.parametrize("unpriced", UNPRICED)
def test_a_setting_without_a_price_is_an_error(unpriced: str) -> None:
    kind, settings = UNPRICED[unpriced]
    template = copy.deepcopy(synthesise("dev").template)
    changed = next(each for each in template["Resources"].values() if each["Type"] == kind)
    changed["Properties"] |= settings
    with pytest.raises(UnpricedError):
        idle.total(template)


def test_an_unknown_type_is_named_with_its_resource() -> None:
    with pytest.raises(UnpricedError, match=r"Way is of the type AWS::EC2::NatGateway"):
        idle.total({"Resources": {"Way": {"Type": "AWS::EC2::NatGateway"}}})


def test_nothing_is_both_priced_and_free() -> None:
    assert not FREE & {*PRICED}


def test_what_a_deleted_stack_leaves_is_on_the_bill() -> None:
    resources: Resources = {
        "Key": {"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain"},
        "Own": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate"},
        "Other": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
        "Gone": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Delete"},
        "Topic": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain"},
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "DeletionPolicy": "Snapshot",
            "Properties": {"DeleteAutomatedBackups": False, "BackupRetentionPeriod": 14},
        },
    }
    left = {each.what: str(each) for each in idle.remains({"Resources": resources})}
    assert left == {
        "Encryption keys (KMS)": "$1.00",
        "Buckets, with what is in them": "2: $0.023 a GB",
        "The database's last snapshot": "$0.095 a GB",
        "The database's automatic backups, for 14 days": "$0.095 a GB",
    }


def test_a_database_that_is_kept_costs_as_before() -> None:
    template = copy.deepcopy(synthesise("dev").template)
    for each in template["Resources"].values():
        each["DeletionPolicy"] = "Retain" if each["Type"] == "AWS::RDS::DBInstance" else "Delete"
    assert sum(each.dollars for each in idle.remains(template)) == pytest.approx(23.36 + 2.30)
