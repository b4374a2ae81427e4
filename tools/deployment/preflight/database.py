"""RDS: the role that it works with, and the zones that have the class asked for."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from deployment import account as aws
from deployment.account import Account
from deployment.deployed import Standing
from deployment.preflight.findings import Case, Finding, ok, refused, warning

ROLES = "/aws-service-role/rds.amazonaws.com/"
MAJOR = "18"
"""Of PostgreSQL, as ``infra/database.py`` asks for it."""

ENDPOINTS = ("sqs", "secretsmanager")
"""Services that the data zone reaches by an interface endpoint, in each of its zones."""

ZONES = 2


def service_role(case: Case) -> Iterator[Finding]:
    """The role that RDS works with."""
    iam = case.account.client("iam")
    if iam.list_roles(PathPrefix=ROLES)["Roles"]:
        yield ok("RDS has its service-linked role.")
    else:
        yield ok(
            "RDS has no service-linked role in this account yet; it is made first, since the "
            "first database of an account may fail for want of it.",
            fix=lambda: make_service_role(case.account),
        )


def make_service_role(account: Account) -> None:
    """Makes it, unless somebody else has meanwhile, or these credentials may not: RDS itself tries
    to make it with the first database, by CDK's role."""
    try:
        account.client("iam").create_service_linked_role(AWSServiceName="rds.amazonaws.com")
    except ClientError as error:
        if aws.code(error) != "InvalidInput" and not aws.refused(error):
            raise


def zones(case: Case) -> Iterator[Finding]:
    """Two zones that have the database's class and the endpoints."""
    if case.deployed is not None and case.deployed.standing is Standing.UP:
        return  # its zones are what they are: other ones would replace the database
    ec2 = case.account.client("ec2")
    there = _zones(ec2)
    wanted = _chosen(case) or there[:ZONES]
    offered = _offered(case)
    if not offered:
        yield refused(
            f"RDS offers no PostgreSQL {MAJOR} of the class db.{case.stage.instance.type} in "
            f"{case.account.region}: choose another by DATABASE_CLASS=, or another region."
        )
        return
    complete = offered & _with_endpoints(ec2, case.account.region)
    fit = [zone for zone in there if zone in complete]
    if set(wanted) <= set(fit):
        yield ok(f"{' and '.join(wanted)} have a db.{case.stage.instance.type} and the endpoints.")
    elif _chosen(case):
        yield refused(
            f"Not all of AVAILABILITY_ZONES={','.join(wanted)} have a "
            f"db.{case.stage.instance.type} and the endpoints: choose of {', '.join(fit)}."
        )
    elif len(fit) < ZONES:
        yield refused(
            f"Fewer than {ZONES} zones of {case.account.region} have a "
            f"db.{case.stage.instance.type} and the endpoints: choose another region or "
            "DATABASE_CLASS=."
        )
    else:
        yield warning(
            f"{' and '.join(zone for zone in wanted if zone not in fit)} of this account has no "
            f"db.{case.stage.instance.type}, so {' and '.join(fit[:ZONES])} are used.",
            context={"availability_zones": ",".join(fit[:ZONES])},
        )


def _zones(ec2: Any) -> list[str]:  # noqa: ANN401 (a client)
    """In the order in which CloudFormation lists them."""
    answer = ec2.describe_availability_zones(
        Filters=[
            {"Name": "zone-type", "Values": ["availability-zone"]},
            {"Name": "state", "Values": ["available"]},
        ]
    )
    return sorted(each["ZoneName"] for each in answer["AvailabilityZones"])


def _chosen(case: Case) -> list[str]:
    return [each for each in case.context.get("availability_zones", "").split(",") if each]


def _offered(case: Case) -> set[str]:
    pages = case.account.client("rds").get_paginator("describe_orderable_db_instance_options")
    options = (
        option
        for page in pages.paginate(
            Engine="postgres", DBInstanceClass=f"db.{case.stage.instance.type}", Vpc=True
        )
        for option in page["OrderableDBInstanceOptions"]
    )
    return {
        zone["Name"]
        for option in options
        if option["EngineVersion"].split(".")[0] == MAJOR
        and option.get("StorageType") == "gp3"
        and (option.get("MultiAZCapable") or not case.stage.instance.multi_az)
        for zone in option["AvailabilityZones"]
    }


def _with_endpoints(ec2: Any, region: str) -> set[str]:  # noqa: ANN401 (a client)
    names = [f"com.amazonaws.{region}.{each}" for each in ENDPOINTS]
    answer = ec2.describe_vpc_endpoint_services(ServiceNames=names)
    zones = [set(each["AvailabilityZones"]) for each in answer["ServiceDetails"]]
    return set.intersection(*zones) if len(zones) == len(names) else set()
