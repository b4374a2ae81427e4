"""What CloudFormation says of a stack, and what that means for the next command."""

from typing import Any

import pytest

from deployment import deployed, failures
from deployment.account import Account
from deployment.deployed import Deployed, Standing
from tests.deployment.accounts import scripted
from tests.deployment.stacks import BUCKET, a_stage, create, failed_first

ARN = "arn:aws:cloudformation:us-east-1:123456789012:stack/darkroom-dev/1"
SINCE = "2026-01-01T00:00:00Z"


def test_a_stack_that_is_not_there_is_none(emulated: Account) -> None:
    assert deployed.find(emulated, a_stage().stack) is None


def test_a_stack_that_is_up_tells_the_choices_it_was_deployed_with(emulated: Account) -> None:
    settings = '{"alarm_email": "a@b.example", "contact": "", "stores": ["s3", "cloudinary"]}'
    stack = create(emulated, a_stage(), {"Images": BUCKET}, outputs={"Settings": settings})
    assert stack.standing is Standing.UP
    assert stack.settings == {"alarm_email": "a@b.example", "stores": "s3,cloudinary"}


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({}, id="none, by an earlier version"),
        pytest.param({"Settings": "not JSON"}, id="something else"),
        pytest.param({"Settings": "[1]"}, id="a list"),
    ],
)
def test_a_stack_that_tells_no_choices_has_none(emulated: Account, told: dict[str, str]) -> None:
    assert create(emulated, a_stage(), {"Images": BUCKET}, outputs=told).settings == {}


def test_a_first_deploy_that_failed_was_never_up_and_says_why(emulated: Account) -> None:
    stack = failed_first(emulated, a_stage(), {"Images": BUCKET})
    assert (stack.status, stack.standing) == ("ROLLBACK_COMPLETE", Standing.NEVER_UP)
    assert list(failures.explained(emulated, stack)) == [
        "Fails: WaitCondition timed out. Received 0 conditions when expecting 1."
    ]


def described(status: str, events: list[tuple[str, str]] | None = None) -> Any:
    """An account with one stack in that status; events are ``(physical id, status)``."""
    stack = {"StackId": ARN, "StackName": "darkroom-dev", "CreationTime": SINCE}
    return scripted(
        cloudformation=[
            ("describe_stacks", {"Stacks": [stack | {"StackStatus": status}]}),
            (
                "describe_stack_events",
                {
                    "StackEvents": [
                        {
                            "StackId": ARN,
                            "EventId": str(n),
                            "StackName": "darkroom-dev",
                            "Timestamp": SINCE,
                            "PhysicalResourceId": who,
                            "ResourceStatus": what,
                        }
                        for n, (who, what) in enumerate(events or [])
                    ]
                },
            ),
        ]
    )


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("CREATE_COMPLETE", Standing.UP),
        ("UPDATE_COMPLETE", Standing.UP),
        ("UPDATE_ROLLBACK_COMPLETE", Standing.UP),
        ("REVIEW_IN_PROGRESS", Standing.NEVER_UP),
        ("CREATE_FAILED", Standing.NEVER_UP),
        ("ROLLBACK_COMPLETE", Standing.NEVER_UP),
        ("ROLLBACK_FAILED", Standing.NEVER_UP),
        ("CREATE_IN_PROGRESS", Standing.BUSY),
        ("ROLLBACK_IN_PROGRESS", Standing.BUSY),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Standing.BUSY),
        ("DELETE_IN_PROGRESS", Standing.BUSY),
        ("UPDATE_FAILED", Standing.STUCK),
        ("UPDATE_ROLLBACK_FAILED", Standing.STUCK),
    ],
)
def test_each_status_means_one_thing(status: str, standing: Standing) -> None:
    found = deployed.find(described(status), "darkroom-dev")
    assert found is not None
    assert found.standing is standing


@pytest.mark.parametrize(
    ("events", "standing"),
    [
        pytest.param([("bucket", "CREATE_COMPLETE")], Standing.NEVER_UP, id="never was up"),
        pytest.param([(ARN, "CREATE_COMPLETE")], Standing.HALF_DELETED, id="was up"),
    ],
)
def test_a_deletion_that_failed_is_taken_further_by_whoever_began_it(
    events: list[tuple[str, str]], standing: Standing
) -> None:
    found = deployed.find(described("DELETE_FAILED", events), "darkroom-dev")
    assert isinstance(found, Deployed)
    assert found.standing is standing


def event(name: str, status: str, reason: str = "", physical: str = "x") -> dict[str, str]:
    return {
        "StackId": ARN,
        "EventId": f"{name}{status}",
        "StackName": "darkroom-dev",
        "Timestamp": SINCE,
        "LogicalResourceId": name,
        "PhysicalResourceId": physical,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def test_only_what_failed_by_itself_in_the_last_deploy_is_told_and_what_helps(
    emulated: Account,
) -> None:
    stack = create(emulated, a_stage(), {"Images": BUCKET})
    verified = "Your account must be verified before you can add new CloudFront resources."
    events = [
        event("darkroom-dev", "UPDATE_ROLLBACK_COMPLETE", physical=stack.id),
        event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
        event("Cdn", "CREATE_FAILED", verified),
        event("darkroom-dev", "UPDATE_IN_PROGRESS", "User Initiated", physical=stack.id),
        event("Database", "CREATE_FAILED", "of the deploy before"),
    ]
    account = scripted(cloudformation=[("describe_stack_events", {"StackEvents": events})])
    first, *advice = failures.explained(account, stack)
    assert first == f"Cdn: {verified}"
    assert [each.split(",")[0] for each in advice] == [
        "  What helps: open a case with AWS Support (Account and billing)"
    ]
