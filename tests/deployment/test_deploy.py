"""Deploys by the real `cdk`, of an app that is small, onto the emulator's CloudFormation."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployment import deployed
from deployment.account import Account
from deployment.deploy import case_of, deploy, examine
from deployment.deployed import Standing
from deployment.destroy import destroy
from deployment.errors import DeploymentError
from deployment.preflight import operator, stack
from deployment.preflight.findings import Case, Finding, ok, refused
from deployment.request import Request
from deployment.summary import idle_dollars
from tests.cloud import ROOT
from tests.deployment.accounts import Say
from tests.deployment.stacks import BUCKET, FAILS, RETAINED

CHECKS = (operator.choices, operator.alarm_address, operator.approval, stack.standing)

APP = """\
import json, os, pathlib

context = json.loads(os.environ["CDK_CONTEXT_JSON"])
folder = pathlib.Path(os.environ["CDK_OUTDIR"])
name = "darkroom-" + context["stage"]
first = context.get("first_deploy") == "true"
resources = json.loads(pathlib.Path("resources.json").read_text())
resources["Choices"] = {
    "Type": "AWS::SSM::Parameter",
    "Properties": {"Type": "String", "Value": os.environ["CDK_CONTEXT_JSON"]},
}
choices = ("alarm_email", "contact", "images_domain", "images_certificate")
chosen = {key: context[key] for key in choices if key in context}
outputs = {"Settings": json.dumps(chosen), "ApiUrl": "https://api.example/", "First": str(first)}
template = {
    "Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}
}
(folder / "template.json").write_text(json.dumps(template))
artifact = {
    "type": "aws:cloudformation:stack",
    "environment": "aws://unknown-account/unknown-region",
    "properties": {"templateFile": "template.json", "terminationProtection": not first},
}
manifest = {"version": "36.0.0", "artifacts": {name: artifact}}
(folder / "manifest.json").write_text(json.dumps(manifest))
"""
"""Tells the choices that it was given, and protects its stack, as Darkroom's app does."""


@pytest.fixture
def shop(
    emulated: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator["Checkout"]:
    """A checkout with that app, and this shell's settings leading to the emulator."""
    credentials = emulated.session.get_credentials()
    assert credentials is not None
    for name, value in {
        "AWS_ENDPOINT_URL": emulated.endpoint_url or "",
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "NO_PROXY": "127.0.0.1",
        "CI": "1",
        "PATH": f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    checkout = Checkout(tmp_path)
    yield checkout
    destroy(emulated, Request(stage="prod", confirm="prod"), lambda _: None)


class Checkout:
    """A folder that `cdk` takes for Darkroom's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "app.py").write_text(APP)
        app = f"{sys.executable} app.py"
        (root / "cdk.json").write_text(json.dumps({"app": app, "versionReporting": False}))
        for part in (".venv", ".local"):
            (root / part).symlink_to(ROOT / part)

    def has(self, **resources: object) -> None:
        (self.root / "resources.json").write_text(json.dumps(resources))


def prod(**given: str) -> Request:
    return Request(stage="prod", given=given, approve="never")


def is_protected(account: Account) -> bool:
    [found] = account.client("cloudformation").describe_stacks(StackName="darkroom-prod")["Stacks"]
    return bool(found["EnableTerminationProtection"])


def test_a_first_deploy_that_failed_is_repeated_as_it_is_and_protected_once_it_is_up(
    emulated: Account, shop: Checkout, say: Say
) -> None:
    shop.has(
        Images=BUCKET | RETAINED, **{**FAILS, "Fails": FAILS["Fails"] | {"DependsOn": "Images"}}
    )
    request = prod(alarm_email="ops@example.com")
    with pytest.raises(DeploymentError, match="The first deploy failed"):
        deploy(shop.root, emulated, request, say, checks=CHECKS)
    assert "Fails: WaitCondition timed out." in say.text
    assert not is_protected(emulated)

    shop.has(Images=BUCKET)
    assert deploy(shop.root, emulated, request, say, checks=CHECKS) == 0
    assert "Clearing away what the failed first deploy of darkroom-prod has left" in say.text
    found = deployed.find(emulated, "darkroom-prod")
    assert found is not None
    assert (found.standing, found.outputs["First"]) == (Standing.UP, "False")
    assert is_protected(emulated)
    assert "Confirm the mail that AWS has sent to ops@example.com" in say.text

    # Deployed again: what is not said now is kept, what is said empty goes.
    assert deploy(shop.root, emulated, prod(contact="me@example.com"), say, checks=CHECKS) == 0
    assert case_of(shop.root, emulated, prod()).context == {
        "stage": "prod",
        "alarm_email": "ops@example.com",
        "contact": "me@example.com",
    }
    assert "contact" not in case_of(shop.root, emulated, prod(contact="")).context
    assert deploy(shop.root, emulated, prod(alarm_email=""), say, checks=CHECKS) == 1
    assert "prod has no address for its alarms" in say.text


def test_another_domain_does_not_keep_the_certificate_of_the_one_before(
    emulated: Account, shop: Checkout, say: Say
) -> None:
    shop.has(Images=BUCKET)
    certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    domain = {"images_domain": "img.example.com", "images_certificate": certificate}
    assert deploy(shop.root, emulated, prod(**domain), say, checks=()) == 0
    kept = {"stage": "prod"} | domain
    assert case_of(shop.root, emulated, prod()).context == kept
    assert case_of(shop.root, emulated, prod(images_domain="")).context == {"stage": "prod"}


def test_an_app_that_cannot_be_synthesised_has_deployed_nothing(
    emulated: Account, shop: Checkout, say: Say
) -> None:
    (shop.root / "resources.json").write_text("not JSON")
    with pytest.raises(DeploymentError, match="Nothing was deployed"):
        deploy(shop.root, emulated, prod(), say, checks=())


def test_nothing_is_changed_where_something_is_refused_and_fixes_come_after_the_looking(
    emulated: Account, shop: Checkout, say: Say
) -> None:
    fixed: list[str] = []

    def mends(_: Case) -> Iterator[Finding]:
        yield ok("A role is missing and made first.", fix=lambda: fixed.append("role"))

    def refuses(_: Case) -> Iterator[Finding]:
        yield refused("No.")

    assert deploy(shop.root, emulated, prod(), say, checks=(mends, refuses)) == 1
    assert not fixed
    assert deployed.find(emulated, "darkroom-prod") is None
    assert examine(shop.root, emulated, prod(), say, checks=(mends,)) is not None
    assert fixed == ["role"]


def test_the_summary_tells_the_cost_of_what_was_deployed_where_all_prices_are_known() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {}}
    key = {"Type": "AWS::KMS::Key", "Properties": {}}
    assert idle_dollars({"Queue": queue, "Key": key}) == 1.0
    assert idle_dollars({"Key": key, "Other": {"Type": "AWS::Unheard::Of"}}) is None
