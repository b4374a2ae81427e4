"""What a deploy looks at first: each check's sentence, and what the deploy is given for it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from deployment.account import Account
from deployment.deployed import Deployed, Standing
from deployment.preflight import database, domain, machine, operator, quotas, running, stack
from deployment.preflight.findings import Case, Finding, Level, ok, refused, warning
from infra import bundling
from localcloud.cdk import BOOTSTRAPPED
from tests.cloud import ROOT
from tests.deployment.accounts import case_of, level_and_text, only, scripted

UP = Deployed(
    id="arn:aws:cloudformation:us-east-1:123456789012:stack/darkroom-dev/1",
    name="darkroom-dev",
    status="UPDATE_COMPLETE",
    reason="",
    created=datetime(2026, 1, 1, tzinfo=UTC),
    standing=Standing.UP,
    outputs={},
)


def test_every_problem_is_shown_at_once_and_refusals_apart_from_warnings(mocked: Account) -> None:
    def checks(*found: Finding) -> list[Any]:
        return [lambda _, each=each: iter([each]) for each in found]

    findings, _ = running.run(
        checks(ok("Fine."), warning("Hm."), refused("No."), refused("Never.")), case_of(mocked)
    )
    assert list(running.lines(findings)) == [
        "  ok       Fine.",
        "  warning  Hm.",
        "  refused  No.",
        "  refused  Never.",
    ]
    assert running.is_refused(findings)
    assert not running.is_refused(findings[:2])


def test_a_check_sees_what_an_earlier_one_chose(mocked: Account) -> None:
    def chooses(_: Case) -> Iterator[Finding]:
        yield ok("Small.", context={"alarm_email": "ops@example.com"})

    findings, case = running.run([chooses, operator.alarm_address], case_of(mocked))
    assert "ops@example.com" in findings[1].text
    assert case.context["alarm_email"] == "ops@example.com"


def test_a_check_that_may_not_ask_is_a_warning_that_names_the_permission() -> None:
    denied = (
        "AccessDenied: User: arn:aws:iam::1:user/a is not authorized to perform: iam:ListRoles "
        "on resource: x"
    )
    account = scripted(iam=[("list_roles", denied)])
    assert level_and_text(database.service_role, case_of(account)) == (
        Level.WARNING,
        "Not checked: the role that RDS works with. These credentials lack iam:ListRoles.",
    )


def test_a_check_that_gets_no_answer_is_a_warning() -> None:
    account = scripted(iam=[("list_roles", "Throttling: Rate exceeded")])
    assert "Throttling" in only(database.service_role, case_of(account)).text


# --- the operator ---------------------------------------------------------------------------------


def test_prod_without_an_address_for_alarms_is_refused(mocked: Account) -> None:
    level, text = level_and_text(operator.alarm_address, case_of(mocked, stage="prod"))
    assert level is Level.REFUSED
    assert text.endswith("say make deploy STAGE=prod ALARM_EMAIL=you@example.com.")


def test_dev_without_one_is_told(mocked: Account) -> None:
    assert only(operator.alarm_address, case_of(mocked)).level is Level.WARNING


def test_choices_are_repeated_and_those_kept_from_the_last_deploy_named(mocked: Account) -> None:
    case = case_of(
        mocked, given={"contact": "me@example.com"}, contact="me@example.com", stores="s3"
    )
    assert only(operator.choices, case).text == (
        "Chosen: CONTACT=me@example.com, STORES=s3; kept from the last deploy: STORES."
    )


def test_a_wrong_choice_is_refused_in_the_settings_own_words(mocked: Account) -> None:
    level, text = level_and_text(operator.choices, case_of(mocked, stores="ftp"))
    assert (level, "no stores 'ftp'" in text) == (Level.REFUSED, True)


def test_checks_that_need_the_settings_are_left_out_where_those_are_wrong(mocked: Account) -> None:
    findings, _ = running.run(
        [operator.choices, operator.alarm_address], case_of(mocked, stores="ftp")
    )
    assert len(findings) == 1


@pytest.mark.parametrize(
    ("approve", "interactive", "level"),
    [
        pytest.param("never", False, Level.OK, id="a script that approves"),
        pytest.param("", True, Level.OK, id="a person"),
        pytest.param("", False, Level.REFUSED, id="a script that does not say"),
        pytest.param("broadening", False, Level.REFUSED, id="a script that wants to be asked"),
    ],
)
def test_a_deploy_that_could_only_hang_at_a_question_is_refused(
    mocked: Account, approve: str, interactive: bool, level: Level
) -> None:
    case = case_of(mocked, approve=approve, interactive=interactive)
    assert only(operator.approval, case).level is level


# --- quotas ---------------------------------------------------------------------------------------


def test_an_account_that_cdk_does_not_know_is_sent_to_bootstrap(mocked: Account) -> None:
    level, text = level_and_text(quotas.bootstrap, case_of(mocked))
    assert level is Level.REFUSED
    assert text.endswith("account 123456789012 in us-east-1: run make bootstrap, once.")


@pytest.mark.parametrize(
    ("version", "level"),
    [
        pytest.param("5", Level.REFUSED, id="too old"),
        pytest.param("30", Level.OK, id="new enough"),
    ],
)
def test_cdk_s_own_stack_must_be_new_enough(mocked: Account, version: str, level: Level) -> None:
    boto3.client("ssm").put_parameter(Name=BOOTSTRAPPED, Value=version, Type="String")
    assert only(quotas.bootstrap, case_of(mocked)).level is level


def limits(total: int, unreserved: int) -> tuple[str, dict[str, Any]]:
    limit = {"ConcurrentExecutions": total, "UnreservedConcurrentExecutions": unreserved}
    return ("get_account_settings", {"AccountLimit": limit})


def test_a_small_account_gets_smaller_settings_and_says_where_to_ask_for_more() -> None:
    finding = only(quotas.concurrency, case_of(scripted(lambda_=[limits(10, 10)]), stage="prod"))
    assert finding.level is Level.WARNING
    assert "gets 2 processors instead of 100, and no reserved for the api" in finding.text
    assert "L-B99A9384" in finding.text
    assert finding.context == {"account_concurrency": "10"}


def test_a_large_account_gets_what_the_stage_asks_for() -> None:
    finding = only(quotas.concurrency, case_of(scripted(lambda_=[limits(1000, 1000)])))
    assert (finding.level, finding.context) == (Level.OK, {"account_concurrency": "1000"})


def test_what_others_have_reserved_is_out_of_reach_and_what_the_stage_has_is_not() -> None:
    answers = [
        limits(1000, 700),
        ("get_function_concurrency", {"ReservedConcurrentExecutions": 50}),
    ]
    deployed = replace(UP, outputs={"ApiFunction": "api", "ApiUrl": "https://api.example"})
    finding = only(quotas.concurrency, case_of(scripted(lambda_=answers), deployed=deployed))
    assert finding.context == {"account_concurrency": "750"}


FREE = {"accountId": "123456789012", "accountPlanType": "FREE", "accountPlanStatus": "ACTIVE"}


def test_the_free_plan_gets_a_database_that_it_permits() -> None:
    account = scripted(freetier=[("get_account_plan_state", FREE)])
    finding = only(quotas.plan, case_of(account))
    assert finding.level is Level.WARNING
    assert finding.context == {"database_class": "t4g.micro", "backup_days": "1"}


@pytest.mark.parametrize(
    ("stage", "status", "says"),
    [
        pytest.param("prod", "ACTIVE", "has no database of the size of prod", id="prod"),
        pytest.param("dev", "EXPIRED", "has expired: upgrade it", id="expired"),
    ],
)
def test_what_the_free_plan_has_no_room_for_is_refused(stage: str, status: str, says: str) -> None:
    answer = FREE | {"accountPlanStatus": status}
    account = scripted(freetier=[("get_account_plan_state", answer)])
    level, text = level_and_text(quotas.plan, case_of(account, stage=stage))
    assert (level, says in text) == (Level.REFUSED, True)


def test_a_paid_account_that_still_has_the_free_database_is_told() -> None:
    account = scripted(freetier=[("get_account_plan_state", FREE | {"accountPlanType": "PAID"})])
    case = case_of(account, database_class="t4g.micro", backup_days="1")
    assert "still the t4g.micro of a free plan" in only(quotas.plan, case).text


def test_an_account_older_than_the_plans_is_on_none() -> None:
    account = scripted(freetier=[("get_account_plan_state", "ResourceNotFoundException: none")])
    assert only(quotas.plan, case_of(account)).level is Level.OK


def test_a_region_full_of_vpcs_is_refused(mocked: Account) -> None:
    assert only(quotas.vpcs, case_of(mocked)).level is Level.OK
    for n in range(4):  # beside the default one
        boto3.client("ec2").create_vpc(CidrBlock=f"10.{n}.0.0/16")
    level, text = level_and_text(quotas.vpcs, case_of(mocked))
    assert (level, "There are 5 VPCs of 5 in us-east-1" in text) == (Level.REFUSED, True)
    findings, _ = running.run([quotas.vpcs], case_of(mocked, deployed=UP))
    assert not findings, "a stack that is up has its VPC"


# --- the database ---------------------------------------------------------------------------------


def test_the_role_of_rds_is_made_before_the_first_database(mocked: Account) -> None:
    finding = only(database.service_role, case_of(mocked))
    assert finding.fix is not None
    finding.fix()
    assert only(database.service_role, case_of(mocked)).fix is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("InvalidInput: The name has been taken in this account", id="made meanwhile"),
        pytest.param("AccessDenied: not authorized", id="not permitted, so RDS makes it"),
    ],
)
def test_a_role_that_others_make_is_no_reason_to_stop(answer: str) -> None:
    database.make_service_role(scripted(iam=[("create_service_linked_role", answer)]))


def zone(letter: str) -> dict[str, str]:
    return {"ZoneName": f"us-east-1{letter}", "State": "available"}


def places(offered: str, endpoints: str = "abc", **option: Any) -> Any:
    """An account with zones a, b, c: those with the class, and those with the endpoints."""
    services = [
        {"ServiceName": name, "AvailabilityZones": [f"us-east-1{z}" for z in endpoints]}
        for name in ("com.amazonaws.us-east-1.sqs", "com.amazonaws.us-east-1.secretsmanager")
    ]
    options = [
        {
            "EngineVersion": version,
            "StorageType": "gp3",
            "MultiAZCapable": True,
            "AvailabilityZones": [{"Name": f"us-east-1{z}"} for z in zones],
        }
        | option
        for version, zones in (("17.6", "abc"), ("18.1", offered))
    ]
    return scripted(
        ec2=[
            ("describe_availability_zones", {"AvailabilityZones": [zone(z) for z in "cab"]}),
            ("describe_vpc_endpoint_services", {"ServiceDetails": services}),
        ],
        rds=[
            (
                "describe_orderable_db_instance_options",
                {"OrderableDBInstanceOptions": options},
            )
        ],
    )


def test_the_first_two_zones_are_used_where_they_have_all_that_is_needed() -> None:
    finding = only(database.zones, case_of(places("ab")))
    assert (finding.level, finding.context) == (Level.OK, {})


@pytest.mark.parametrize(
    ("offered", "endpoints"),
    [
        pytest.param("bc", "abc", id="the class is not in the first zone"),
        pytest.param("abc", "bc", id="an endpoint is not in the first zone"),
    ],
)
def test_other_zones_are_chosen_where_the_first_two_lack_something(
    offered: str, endpoints: str
) -> None:
    finding = only(database.zones, case_of(places(offered, endpoints)))
    assert finding.level is Level.WARNING
    assert finding.context == {"availability_zones": "us-east-1b,us-east-1c"}


@pytest.mark.parametrize(
    ("account", "choices", "says"),
    [
        pytest.param({"offered": ""}, {}, "offers no PostgreSQL 18", id="no zone"),
        pytest.param({"offered": "a"}, {}, "Fewer than 2 zones", id="one zone"),
        pytest.param(
            {"offered": "ab"},
            {"availability_zones": "us-east-1b,us-east-1c"},
            "choose of us-east-1a, us-east-1b.",
            id="zones that were chosen",
        ),
        pytest.param(
            {"offered": "ab", "StorageType": "gp2"}, {}, "offers no PostgreSQL 18", id="no gp3"
        ),
    ],
)
def test_a_region_without_two_such_zones_is_refused(
    account: dict[str, Any], choices: dict[str, str], says: str
) -> None:
    case = case_of(places(**account)).choosing(choices)
    level, text = level_and_text(database.zones, case)
    assert (level, says in text) == (Level.REFUSED, True), text


def test_two_zones_must_take_a_standby_in_prod() -> None:
    account = places("abc", MultiAZCapable=False)
    assert only(database.zones, case_of(account, stage="prod")).level is Level.REFUSED


def test_zones_are_asked_for_the_version_that_the_stack_has() -> None:
    assert f"PostgresEngineVersion.VER_{database.MAJOR})" in (
        ROOT / "infra" / "database.py"
    ).read_text("utf-8")


def test_a_stack_that_is_up_keeps_its_zones(mocked: Account) -> None:
    assert running.run([database.zones], case_of(mocked, deployed=UP))[0] == []


# --- CloudFront and the images' domain ------------------------------------------------------------


def distribution(domain: str) -> str:
    made = boto3.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": domain,
            "Comment": "",
            "Enabled": True,
            "Aliases": {"Quantity": 1, "Items": [domain]},
            "Origins": {
                "Quantity": 1,
                "Items": [{"Id": "o", "DomainName": "images.s3.us-east-1.amazonaws.com"}],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "allow-all",
            },
        }
    )
    return str(made["Distribution"]["Id"])


def test_an_account_without_a_distribution_may_have_to_be_verified(mocked: Account) -> None:
    level, text = level_and_text(domain.cloudfront, case_of(mocked))
    assert (level, "AWS Support" in text) == (Level.WARNING, True)
    distribution("other.example.com")
    assert only(domain.cloudfront, case_of(mocked)).level is Level.OK


def test_a_domain_that_another_distribution_has_is_refused(mocked: Account) -> None:
    made = distribution("img.example.com")
    case = case_of(mocked, images_domain="img.example.com")
    assert only(domain.cloudfront, case).level is Level.REFUSED
    ours = replace(UP, outputs={"ImagesDistribution": made})
    case = case_of(mocked, deployed=ours, images_domain="img.example.com")
    assert only(domain.cloudfront, case).level is Level.OK


ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def certificates(status: str, *names: str) -> Any:
    summary = {
        "CertificateArn": ARN,
        "DomainName": names[0],
        "SubjectAlternativeNameSummaries": list(names),
        "Status": status,
    }
    record = {"Name": "_a.example.com.", "Type": "CNAME", "Value": "_b.acm.aws."}
    described = {
        "CertificateArn": ARN,
        "DomainValidationOptions": [{"DomainName": names[0], "ResourceRecord": record}],
    }
    return scripted(
        acm=[
            ("list_certificates", {"CertificateSummaryList": [summary]}),
            ("describe_certificate", {"Certificate": described}),
        ]
    )


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["img.example.com"], id="its own"),
        pytest.param(["example.com", "*.example.com"], id="one for all names beside it"),
    ],
)
def test_an_issued_certificate_that_covers_the_domain_is_found(names: list[str]) -> None:
    case = case_of(certificates("ISSUED", *names), images_domain="img.example.com")
    assert only(domain.certificate, case).context == {"images_certificate": ARN}


def test_a_certificate_for_one_level_does_not_cover_two() -> None:
    case = case_of(certificates("ISSUED", "*.example.com"), images_domain="a.img.example.com")
    assert "aws acm request-certificate" in only(domain.certificate, case).text


def test_a_domain_that_is_not_proven_yet_names_the_record() -> None:
    case = case_of(
        certificates("PENDING_VALIDATION", "img.example.com"), images_domain="img.example.com"
    )
    level, text = level_and_text(domain.certificate, case)
    assert level is Level.REFUSED
    assert "prove the domain by the DNS record _a.example.com. CNAME _b.acm.aws." in text


def test_a_domain_without_a_certificate_says_how_to_ask_for_one(mocked: Account) -> None:
    case = case_of(mocked, images_domain="img.example.com")
    level, text = level_and_text(domain.certificate, case)
    assert (level, "--domain-name img.example.com" in text) == (Level.REFUSED, True)


# --- the stack, and this machine ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "status", "level", "says"),
    [
        pytest.param(Standing.UP, "UPDATE_COMPLETE", Level.OK, "up to date", id="up"),
        pytest.param(
            Standing.NEVER_UP, "ROLLBACK_COMPLETE", Level.WARNING, "cleared away", id="failed first"
        ),
        pytest.param(
            Standing.BUSY, "UPDATE_IN_PROGRESS", Level.REFUSED, "wait until it is done", id="busy"
        ),
        pytest.param(
            Standing.HALF_DELETED,
            "DELETE_FAILED",
            Level.REFUSED,
            "make destroy STAGE=dev",
            id="half deleted",
        ),
        pytest.param(
            Standing.STUCK,
            "UPDATE_ROLLBACK_FAILED",
            Level.REFUSED,
            "continue-update-rollback --stack-name darkroom-dev",
            id="stuck",
        ),
    ],
)
def test_the_stack_s_state_decides_what_a_deploy_does(
    mocked: Account, standing: Standing, status: str, level: Level, says: str
) -> None:
    deployed = replace(UP, standing=standing, status=status)
    found, text = level_and_text(stack.standing, case_of(mocked, deployed=deployed))
    assert (found, says in text) == (level, True), text


def test_a_database_of_that_name_without_a_stack_is_in_the_way(mocked: Account) -> None:
    assert only(stack.names, case_of(mocked)).level is Level.OK
    boto3.client("rds").create_db_instance(
        DBInstanceIdentifier="darkroom-dev",
        DBInstanceClass="db.t4g.small",
        Engine="postgres",
        AllocatedStorage=20,
    )
    assert only(stack.names, case_of(mocked)).level is Level.REFUSED


def test_missing_tools_are_named(mocked: Account, tmp_path: Any) -> None:
    level, text = level_and_text(machine.tools, replace(case_of(mocked), root=tmp_path))
    assert (level, "run make setup" in text) == (Level.REFUSED, True)
    assert only(machine.tools, case_of(mocked)).level is Level.OK


def test_a_layer_that_cannot_be_built_is_refused_before_anything_is_deployed(
    mocked: Account, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "layers" / "broken"
    (source / "python").mkdir(parents=True)
    (source / "requirements.txt").write_text("no-such-package==1.0 --hash=sha256:00\n")
    monkeypatch.setattr(bundling, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("UV_OFFLINE", "1")
    level, text = level_and_text(machine.layers, replace(case_of(mocked), root=tmp_path))
    assert (level, "cannot be installed" in text) == (Level.REFUSED, True)
