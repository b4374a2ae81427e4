"""A first deploy that failed is cleared away, and nothing else is."""

from typing import Any

import pytest

from deployment import clearing, deployed
from deployment.account import Account
from deployment.deployed import Standing
from deployment.errors import DeploymentError
from tests.deployment.accounts import Say
from tests.deployment.stacks import (
    BUCKET,
    KEY,
    RETAINED,
    a_stage,
    buckets,
    create,
    database,
    failed_first,
    log_group,
    physical,
)


def databases(account: Account) -> set[str]:
    found = account.client("rds").describe_db_instances()["DBInstances"]
    return {each["DBInstanceIdentifier"] for each in found}


def test_what_a_failed_first_deploy_has_left_is_deleted_so_that_the_next_one_comes_up(
    emulated: Account, say: Say
) -> None:
    request = a_stage()
    logs, name = f"/aws/rds/instance/{request.stack}/postgresql", request.stack
    resources: dict[str, Any] = {
        "Images": BUCKET | RETAINED,
        "AccessLogs": BUCKET | RETAINED,
        "Log": log_group(logs) | RETAINED,
        "Key": KEY | RETAINED,
        "Database": database(name, **RETAINED),
    }
    stack = failed_first(emulated, request, resources)
    kept = {physical(emulated, stack, each) for each in ("Images", "AccessLogs")}
    assert kept <= buckets(emulated)
    assert name in databases(emulated)
    [access_logs] = kept - {physical(emulated, stack, "Images")}
    emulated.client("s3").put_object(Bucket=access_logs, Key="2026-01-01", Body=b"a line")

    clearing.clear_away(emulated, stack, say)

    assert deployed.find(emulated, request.stack) is None
    assert not kept & buckets(emulated)
    assert name not in databases(emulated)
    key = emulated.client("kms").describe_key(KeyId=physical(emulated, stack, "Key"))
    assert key["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert "Database" in say.text
    again = create(emulated, request, {**resources, "Database": database(name)})
    assert again.standing is Standing.UP


def test_a_bucket_with_something_in_it_stops_that(emulated: Account, say: Say) -> None:
    stack = failed_first(emulated, a_stage(), {"Images": BUCKET | RETAINED})
    name = physical(emulated, stack, "Images")
    emulated.client("s3").put_object(Bucket=name, Key="images/1.jpg", Body=b"jpeg")
    with pytest.raises(DeploymentError, match=f"The bucket {name} .* holds something"):
        clearing.clear_away(emulated, stack, say)
    assert deployed.find(emulated, stack.name) is not None, "nothing was deleted before that"


def test_a_stack_that_was_up_is_never_cleared_away(emulated: Account, say: Say) -> None:
    stack = create(emulated, a_stage(), {"Images": BUCKET})
    with pytest.raises(DeploymentError, match="no failed first deploy"):
        clearing.clear_away(emulated, stack, say)


def test_what_was_there_before_the_deploy_that_failed_for_it_stays(
    emulated: Account, say: Say
) -> None:
    """A resource that could not be made may bear the name of somebody else's."""
    stack = failed_first(emulated, a_stage(), {"Images": BUCKET | RETAINED})
    clearing.clear_away(emulated, stack, say)
    events = list(deployed.events(emulated, stack.id))
    assert {each["LogicalResourceId"] for each in events} >= {"Fails", "Images"}
    assert "Fails" not in say.text
