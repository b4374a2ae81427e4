"""What is next after a deploy."""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.resources import UnpricedError, of_resource
from deployment import deployed
from deployment.deployed import Deployed
from deployment.preflight.findings import Case
from deployment.removal import Report

FIRST_KEY = """\
aws lambda invoke --region {region} --function-name {function} \\
    --cli-binary-format raw-in-base64-out \\
    --payload '{{"action": "create_api_key", "tenant": "acme", "name": "first"}}' /dev/stdout"""


def tell(case: Case, stack: Deployed, report: Report) -> None:
    """The address, the first key, and what somebody has to do by hand."""
    outputs = stack.outputs
    report(f"\n{stack.name} is up.")
    report(f"  API and console  {outputs.get('ApiUrl', '').rstrip('/')}/")
    report(f"  images           {outputs.get('ImagesUrl', '')}")
    report("\nAn API key, shown once:")
    function = outputs.get("MigratorFunction", "")
    report(FIRST_KEY.format(region=case.account.region, function=function))
    monthly = idle_dollars(deployed.template(case.account, stack.id)["Resources"])
    if monthly is not None:
        report(f"\nWithout a job it costs ${monthly:.0f} a month (docs/cost.md, us-east-1).")
    todo = list(_todo(case, stack))
    if todo:
        report("\nStill to do:")
        for each in todo:
            report(f"  - {each}")


def idle_dollars(resources: Mapping[str, Any]) -> float | None:
    """What the resources of a template cost in a month without a job.

    ``None`` if nobody has looked the price of one up, as of a class that an operator chose.
    """
    try:
        return sum(each.dollars for name in resources for each in of_resource(name, resources))
    except UnpricedError:
        return None


def _todo(case: Case, stack: Deployed) -> Iterator[str]:
    address, domain = case.stage.alarm_email, case.context.get("images_domain")
    if address and _unconfirmed(case.account.client("sns"), stack, address):
        yield f"Confirm the mail that AWS has sent to {address}; alarms reach nobody before that."
    if domain:
        target = stack.outputs.get("ImagesDomainTarget", "")
        yield f"Point {domain} at CloudFront by the DNS record: {domain} CNAME {target}"
    if case.stage.has_cloudinary:
        yield "Put your Cloudinary account into its secret, as docs/cloudinary.md says."


def _unconfirmed(sns: Any, stack: Deployed, address: str) -> bool:  # noqa: ANN401 (a client)
    """Whether the subscription still waits for its confirmation; also if nobody may ask."""
    topics = (
        each
        for page in sns.get_paginator("list_subscriptions").paginate()
        for each in page["Subscriptions"]
    )
    mine = [
        each
        for each in topics
        if each["Endpoint"] == address and f":{stack.name}-" in each["TopicArn"]
    ]
    return not any(each["SubscriptionArn"].startswith("arn:") for each in mine)
