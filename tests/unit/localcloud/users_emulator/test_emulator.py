"""Whose stack is on an emulator, and what happens to it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud import cdk
from localcloud.backends import Runtime
from localcloud.errors import CloudError
from localcloud.processes import LOOPBACK, free_port
from localcloud.users_emulator import deletion, record
from localcloud.users_emulator.emulator import UsersEmulator
from localcloud.users_emulator.record import Record
from tests.unit.localcloud.users_emulator.conftest import DATABASE, made

Client = Callable[[str], Any]

TEMPLATE = json.dumps(
    {
        "Resources": {
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"VersioningConfiguration": {"Status": "Enabled"}},
            },
            "Queue": {"Type": "AWS::SQS::Queue"},
        }
    }
)
RUNTIME = Runtime(
    python_version="3.13",
    platform="x86_64-manylinux_2_34",
    api_url="http://127.0.0.1:4566/_aws/execute-api/{id}/$default",
    endpoint_url="http://127.0.0.1:4566",
)


@pytest.fixture
def stack_id(client: Client) -> str:
    """A stack of the local cloud's name, with objects in its bucket."""
    made = client("cloudformation").create_stack(StackName=cdk.STACK, TemplateBody=TEMPLATE)
    bucket = bucket_of(client)
    for _ in range(2):
        client("s3").put_object(Bucket=bucket, Key="uploads/a.csv", Body=b"name")
    client("s3").put_object(Bucket=bucket, Key="images/b.jpg", Body=b"picture")
    client("s3").delete_object(Bucket=bucket, Key="images/b.jpg")
    return str(made["StackId"])


def bucket_of(client: Client) -> str:
    resources = client("cloudformation").describe_stack_resources(StackName=cdk.STACK)
    [bucket] = [
        each["PhysicalResourceId"]
        for each in resources["StackResources"]
        if each["ResourceType"] == "AWS::S3::Bucket"
    ]
    return str(bucket)


@pytest.fixture
def theirs(client: Client) -> Callable[[], None]:
    """A bucket, a queue and a stack of somebody else; looks whether they are all as they were."""
    client("s3").create_bucket(Bucket="theirs")
    client("s3").put_object(Bucket="theirs", Key="a", Body=b"theirs")
    url = client("sqs").create_queue(QueueName="theirs")["QueueUrl"]
    client("sqs").send_message(QueueUrl=url, MessageBody="theirs")
    queue = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    client("cloudformation").create_stack(StackName="theirs", TemplateBody=queue)

    def untouched() -> None:
        assert client("s3").get_object(Bucket="theirs", Key="a")["Body"].read() == b"theirs"
        assert len(client("sqs").receive_message(QueueUrl=url)["Messages"]) == 1
        client("cloudformation").describe_stacks(StackName="theirs")

    return untouched


def remembered(state: Path, url: str, **more: Any) -> None:
    known = Record(endpoint_url=url, region="us-east-1", account="000000000000", **more)
    record.write(state, known)


def test_an_emulator_without_the_stack_has_nothing_running(users_emulator: UsersEmulator) -> None:
    assert users_emulator.is_running() is False
    assert users_emulator.identity == ""


def test_the_stack_that_was_deployed_from_here_runs(
    users_emulator: UsersEmulator, tmp_path: Path, emulator_url: str, stack_id: str
) -> None:
    remembered(tmp_path, emulator_url, stack_id=stack_id)
    assert users_emulator.is_running() is True
    assert users_emulator.identity == stack_id


def test_a_first_deploy_that_was_interrupted_goes_on(
    users_emulator: UsersEmulator, tmp_path: Path, emulator_url: str, stack_id: str
) -> None:
    remembered(tmp_path, emulator_url)
    assert users_emulator.is_running() is True
    users_emulator.deployed()
    known = record.read(tmp_path)
    assert known is not None
    assert known.stack_id == stack_id


@pytest.mark.parametrize("known", [None, "arn:of:a-stack-that-was-there-before"])
def test_a_stack_that_was_not_deployed_from_here_is_left_alone(  # noqa: PLR0917 (fixtures)
    users_emulator: UsersEmulator,
    tmp_path: Path,
    emulator_url: str,
    stack_id: str,
    client: Client,
    known: str | None,
) -> None:
    if known:
        remembered(tmp_path, emulator_url, stack_id=known)
    with pytest.raises(CloudError, match=r"a stack darkroom-local that was not deployed from here"):
        users_emulator.is_running()
    users_emulator.stop()
    found = client("cloudformation").describe_stacks(StackName=cdk.STACK)["Stacks"]
    assert [each["StackId"] for each in found] == [stack_id]


def test_after_its_user_has_started_it_anew_nothing_runs(
    users_emulator: UsersEmulator, tmp_path: Path, emulator_url: str
) -> None:
    remembered(tmp_path, emulator_url, stack_id="arn:of:the-stack-of-yesterday")
    assert users_emulator.is_running() is False


def test_ending_deletes_the_stack_with_its_objects_and_nothing_else(  # noqa: PLR0917 (fixtures)
    users_emulator: UsersEmulator,
    tmp_path: Path,
    emulator_url: str,
    client: Client,
    stack_id: str,
    theirs: Callable[[], None],
) -> None:
    remembered(tmp_path, emulator_url, stack_id=stack_id)
    bucket = bucket_of(client)
    assert users_emulator.stop() is True
    assert users_emulator.identity == ""
    names = [each["Name"] for each in client("s3").list_buckets()["Buckets"]]
    assert bucket not in names
    theirs()
    assert record.read(tmp_path) is None
    assert users_emulator.stop() is False


def test_a_bucket_that_somebody_deleted_before_does_not_stop_the_rest(
    client: Client, stack_id: str
) -> None:
    bucket = bucket_of(client)
    s3 = client("s3")
    for each in _versions(s3, bucket):
        s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=bucket)
    deletion._empty(s3, bucket)


def _versions(s3: Any, bucket: str) -> list[Any]:
    listed = s3.list_object_versions(Bucket=bucket)
    return [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]


def test_a_stack_that_cannot_be_deleted_is_an_error(client: Client) -> None:
    class Failing:
        def describe_stack_resources(self, **_: object) -> dict[str, Any]:
            return {"StackResources": []}

        def delete_stack(self, **_: object) -> None: ...

        def describe_stacks(self, **_: object) -> dict[str, Any]:
            status = {"StackStatus": "DELETE_FAILED", "StackStatusReason": "a bucket is not empty"}
            return {"Stacks": [status]}

    with pytest.raises(CloudError, match=r"could not be deleted: a bucket is not empty\."):
        deletion.delete(lambda _: Failing(), cdk.STACK)


def test_an_emulator_that_is_away_is_named_and_can_be_forgotten(
    tmp_path: Path, told: list[str]
) -> None:
    url = f"http://{LOOPBACK}:{free_port()}"
    away = made(tmp_path, url, told)
    with pytest.raises(CloudError, match=rf"No emulator answers at {url} .* start it\."):
        away.is_running()
    remembered(tmp_path, url, stack_id="arn:of:a-stack")
    with pytest.raises(CloudError, match="start it or let `make down` forget it"):
        away.is_running()
    assert away.stop() is True
    assert "does not answer" in told[-1]
    assert record.read(tmp_path) is None


def test_another_database_is_tried_before_it_is_used(tmp_path: Path, emulator_url: str) -> None:
    remembered(tmp_path, emulator_url, runtime=RUNTIME)
    assert made(tmp_path, emulator_url, []).runtime == RUNTIME
    with pytest.raises(CloudError, match="Lambda functions"):  # moto runs none: it was asked again
        made(tmp_path, emulator_url, [], is_users=True).runtime  # noqa: B018 (asks)
    remembered(tmp_path, emulator_url, runtime=RUNTIME, database_url=DATABASE)
    assert made(tmp_path, emulator_url, [], is_users=True).runtime == RUNTIME


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-central-1"}, "eu-central-1"),
        ({"AWS_DEFAULT_REGION": "eu-central-1", "AWS_REGION": "eu-west-1"}, "eu-west-1"),
    ],
    ids=["none", "the default", "both"],
)
def test_the_stack_goes_into_the_region_of_this_shell_and_stays_there(  # noqa: PLR0917 (fixtures)
    users_emulator: UsersEmulator,
    tmp_path: Path,
    emulator_url: str,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    region: str,
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert users_emulator.region == region
    record.write(
        tmp_path, Record(endpoint_url=emulator_url, region="ap-south-1", account="000000000000")
    )
    assert users_emulator.region == "ap-south-1"
