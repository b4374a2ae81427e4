"""A stage is deleted as far as it may be, and what stays is told with its price."""

import json
import re
from typing import Any

import pytest

from deployment import deployed, remains, removal
from deployment.account import Account
from deployment.destroy import destroy
from deployment.errors import DeploymentError
from deployment.request import Request
from tests.deployment.accounts import Say
from tests.deployment.stacks import (
    BUCKET,
    FAILS,
    KEY,
    RETAINED,
    a_stage,
    buckets,
    create,
    database,
    log_group,
    physical,
    settled,
)


def confirmed(request: Request) -> Request:
    return Request(stage=request.stage, confirm=request.stage)


def put(account: Account, bucket: str, *names: str) -> None:
    for name in names:
        account.client("s3").put_object(Bucket=bucket, Key=name, Body=b"x" * 1000)


def test_a_stage_goes_with_all_its_data_where_that_may_be_lost(emulated: Account, say: Say) -> None:
    request = a_stage()
    versioned = {"Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}
    stack = create(
        emulated,
        request,
        {
            "Uploads": BUCKET | versioned,
            "AccessLogs": BUCKET,
            "Database": database(request.stack, DeletionPolicy="Delete"),
        },
        protected=True,
    )
    uploads = physical(emulated, stack, "Uploads")
    put(emulated, uploads, "uploads/1.csv", "uploads/1.csv", "uploads/2.csv")
    emulated.client("s3").delete_object(Bucket=uploads, Key="uploads/2.csv")
    put(emulated, physical(emulated, stack, "AccessLogs"), *(f"{n}" for n in range(30)))

    assert destroy(emulated, confirmed(request), say) == 0

    assert deployed.find(emulated, request.stack) is None
    assert uploads not in buckets(emulated)
    assert "  4 objects deleted." in say.lines, "two versions, one more, and a mark"
    assert say.lines[-1] == "Nothing of it stays."


def test_what_catalogues_link_to_stays_with_its_price_and_the_command_that_deletes_it(
    emulated: Account, say: Say
) -> None:
    request = a_stage()
    resources: dict[str, Any] = {
        "Images": BUCKET | RETAINED,
        "Results": BUCKET | {"DeletionPolicy": "RetainExceptOnCreate"},
        "Log": log_group(f"/darkroom/{request.stage}") | RETAINED,
        "Key": KEY | RETAINED,
        "Database": database(request.stack, DeletionPolicy="Snapshot"),
        "Scratch": BUCKET,
    }
    stack = create(emulated, request, resources, protected=True)
    images = physical(emulated, stack, "Images")
    put(emulated, images, "images/1.jpg")

    destroy(emulated, confirmed(request), say)

    kept = emulated.client("s3").list_objects_v2(Bucket=images)["Contents"]
    assert [each["Key"] for each in kept] == ["images/1.jpg"]
    found = {each.what: each for each in remains.of(emulated, stack.id)}
    assert set(found) == {"bucket", "log group", "key", "snapshot"}
    assert found["key"].monthly == 1.0
    assert found["snapshot"].monthly == pytest.approx(20 * 0.095)
    assert physical(emulated, stack, "Scratch") not in say.text.split("What stays")[1]

    first = say.text.split("What stays")[1]
    say.lines.clear()
    assert destroy(emulated, confirmed(request), say) == 0
    assert say.text.split("What stays")[1] == first, "asked again, it says the same"


def test_what_was_deleted_by_hand_is_not_told_any_more(emulated: Account, say: Say) -> None:
    request = a_stage()
    name = f"/darkroom/{request.stage}"
    stack = create(emulated, request, {"Log": log_group(name) | RETAINED, "Key": KEY | RETAINED})
    destroy(emulated, confirmed(request), say)
    emulated.client("logs").delete_log_group(logGroupName=name)
    key = physical(emulated, stack, "Key")
    emulated.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert remains.of(emulated, stack.id) == []


def test_a_stage_that_is_not_there_is_told(emulated: Account, say: Say) -> None:
    request = a_stage()
    assert destroy(emulated, request, say) == 0
    assert say.lines == [f"{request.stack} does not exist in account 000000000000, us-east-1."]


@pytest.mark.parametrize("answer", [pytest.param("", id="nothing"), "yes", "prod"])
def test_nothing_goes_unless_the_stage_s_name_is_typed(
    emulated: Account, say: Say, answer: str
) -> None:
    request = a_stage()
    create(emulated, request, {"Images": BUCKET})
    with pytest.raises(DeploymentError, match="nothing was done"):
        destroy(emulated, request, say, ask=lambda _: answer)
    assert deployed.find(emulated, request.stack) is not None
    assert destroy(emulated, request, say, ask=lambda _: request.stage) == 0


def test_without_a_terminal_it_must_be_said_on_the_command_line(
    emulated: Account, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = a_stage()
    create(emulated, request, {"Images": BUCKET})
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(DeploymentError, match=f"say CONFIRM={request.stage}"):
        destroy(emulated, request, say)


VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}


def in_the_way(account: Account, vpc: str) -> str:
    """Puts into the network what its stack knows nothing of, as Lambda's interfaces are; its id."""
    subnet = account.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")
    return str(subnet["Subnet"]["SubnetId"])


def test_what_keeps_a_stack_is_named_with_the_reason_and_later_the_same_command_goes_on(
    emulated: Account, say: Say
) -> None:
    request = a_stage()
    stack = create(emulated, request, {"Vpc": VPC, "Scratch": BUCKET})
    subnet = in_the_way(emulated, physical(emulated, stack, "Vpc"))
    with pytest.raises(DeploymentError, match=r"DELETE_FAILED; .*Vpc \(AWS::EC2::VPC\)"):
        destroy(emulated, confirmed(request), say)
    assert re.search("Vpc could not be deleted: .*DependencyViolation", say.text)
    assert say.lines.count(f"Deleting {stack.name} …") == removal.TRIES
    emulated.client("ec2").delete_subnet(SubnetId=subnet)
    assert destroy(emulated, confirmed(request), say) == 0
    assert deployed.find(emulated, request.stack) is None


def test_what_lets_go_late_is_waited_for(emulated: Account, say: Say) -> None:
    request = a_stage()
    stack = create(emulated, request, {"Vpc": VPC})
    subnet = in_the_way(emulated, physical(emulated, stack, "Vpc"))

    def let_go(line: str) -> None:
        say(line)
        if "could not be deleted" in line:
            emulated.client("ec2").delete_subnet(SubnetId=subnet)

    assert destroy(emulated, confirmed(request), let_go) == 0
    assert say.lines.count(f"Deleting {stack.name} …") == 2


def test_a_stack_at_work_is_left_alone(emulated: Account, say: Say) -> None:
    request = a_stage()
    waits = {**FAILS["Fails"], "Properties": FAILS["Fails"]["Properties"] | {"Timeout": "2"}}
    template = json.dumps({"Resources": {**FAILS, "Fails": waits}})
    cloudformation = emulated.client("cloudformation")
    cloudformation.create_stack(StackName=request.stack, TemplateBody=template)
    with pytest.raises(DeploymentError, match="CREATE_IN_PROGRESS: wait until that has ended"):
        destroy(emulated, confirmed(request), say)
    settled(emulated, request)
