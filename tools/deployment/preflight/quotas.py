"""What the account has been given: CDK's own stack, Lambda's concurrency, VPCs, its plan."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from deployment import account as aws
from deployment.deployed import Standing
from deployment.preflight.findings import Case, Finding, ok, refused, warning
from localcloud.cdk import BOOTSTRAPPED

BOOTSTRAP_VERSION = 6
"""Since this version CDK's deploys look for the version of its own stack."""

CONCURRENCY = "Service Quotas, AWS Lambda, Concurrent executions (L-B99A9384)"
VPCS = ("vpc", "L-F678F1CE")
USUAL_VPCS = 5

FREE_CLASS, FREE_BACKUP_DAYS = "t4g.micro", "1"
"""The largest that a free plan's account may have of RDS; anything more is a
FreeTierRestrictionError."""


def bootstrap(case: Case) -> Iterator[Finding]:
    """Whether CDK has been prepared in this account and region."""
    place = f"account {case.account.number} in {case.account.region}"
    try:
        answer = case.account.client("ssm").get_parameter(Name=BOOTSTRAPPED)
    except ClientError as error:
        if aws.code(error) != "ParameterNotFound":
            raise
        yield refused(f"CDK has not been prepared for {place}: run make bootstrap, once.")
        return
    version = int(answer["Parameter"]["Value"])
    if version < BOOTSTRAP_VERSION:
        yield refused(f"CDK's own stack for {place} is too old ({version}): run make bootstrap.")
    else:
        yield ok(f"CDK has been prepared for {place} (version {version}).")


def concurrency(case: Case) -> Iterator[Finding]:
    """How many functions the account may run at once."""
    functions = case.account.client("lambda")
    limit = functions.get_account_settings()["AccountLimit"]
    total = limit["ConcurrentExecutions"]
    # What others have reserved is out of reach; what this stack has reserved is not.
    own = _own_reservation(case, functions)
    usable = min(total, limit["UnreservedConcurrentExecutions"] + own)
    wanted = case.stage.concurrency
    context = {"account_concurrency": str(usable)}
    given = case.choosing(context).stage.concurrency
    says = f"The account runs {usable} functions at once in this region"
    if usable < total:
        says += f" ({total}, of which other functions have reserved the rest)"
    if given == wanted:
        yield ok(f"{says}.", context=context)
    else:
        yield warning(
            f"{says}, which is less than {case.request.stage} would use: it gets "
            f"{given.processor} processors instead of {wanted.processor}, and "
            f"{given.api or 'no'} reserved for the api; ask for more at {CONCURRENCY}.",
            context=context,
        )


def _own_reservation(case: Case, functions: object) -> int:
    """What this stack's functions have reserved of the account's concurrency."""
    if case.deployed is None:
        return 0
    names = [value for key, value in case.deployed.outputs.items() if key.endswith("Function")]
    asked = [functions.get_function_concurrency(FunctionName=name) for name in names]  # type: ignore[attr-defined]
    return sum(each.get("ReservedConcurrentExecutions", 0) for each in asked)


def plan(case: Case) -> Iterator[Finding]:
    """Whether the account is on AWS's free plan."""
    # The service is in one region, for all.
    client = case.account.client("freetier", region="us-east-1")
    try:
        state = client.get_account_plan_state()
    except ClientError as error:
        if aws.code(error) != "ResourceNotFoundException":
            raise
        yield ok("The account is not on AWS's free plan.")  # it is older than the plans
        return
    if state["accountPlanType"] != "FREE":
        yield from _paid(case)
    elif state.get("accountPlanStatus") == "EXPIRED":
        yield refused(
            "The account's free plan has expired: upgrade it in the console, Billing and Cost "
            "Management, or nothing can be deployed."
        )
    elif case.stage.instance.multi_az:
        yield refused(
            f"The account is on AWS's free plan, which has no database of the size of "
            f"{case.request.stage}: upgrade it in the console, Billing and Cost Management, or "
            "deploy STAGE=dev."
        )
    else:
        yield warning(
            f"The account is on AWS's free plan, so the database is a {FREE_CLASS} with "
            f"{FREE_BACKUP_DAYS} day of backups.",
            context={"database_class": FREE_CLASS, "backup_days": FREE_BACKUP_DAYS},
        )


def _paid(case: Case) -> Iterator[Finding]:
    small = case.context.get("database_class") == FREE_CLASS
    if small and "database_class" not in case.request.given:
        yield warning(
            f"The database is still the {FREE_CLASS} of a free plan, which the account has left: "
            "DATABASE_CLASS= BACKUP_DAYS= gives it the stage's own size again."
        )
    else:
        yield ok("The account is not on AWS's free plan.")


def vpcs(case: Case) -> Iterator[Finding]:
    """Whether there is room for one more VPC."""
    if case.deployed is not None and case.deployed.standing is Standing.UP:
        return
    pages = case.account.client("ec2").get_paginator("describe_vpcs")
    there = sum(len(page["Vpcs"]) for page in pages.paginate())
    service, quota = VPCS
    try:
        quotas = case.account.client("service-quotas")
        answer = quotas.get_service_quota(ServiceCode=service, QuotaCode=quota)
        limit = int(answer["Quota"]["Value"])
    except ClientError:
        limit = USUAL_VPCS
    if there < limit:
        yield ok(f"There is room for one more VPC ({there} of {limit}).")
    else:
        yield refused(
            f"There are {there} VPCs of {limit} in {case.account.region}: delete one, or ask for "
            f"more at Service Quotas, Amazon VPC, VPCs per Region ({quota})."
        )
