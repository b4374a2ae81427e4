"""``make up`` onto an emulator that somebody else started, with things of theirs in it."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest

from localcloud import cdk
from localcloud.cdk import Cdk
from localcloud.cloud import LocalCloud
from localcloud.errors import CloudError
from localcloud.processes import LOOPBACK, free_port
from localcloud.stack import Stack
from localcloud.users_emulator import record, trial
from localcloud.users_emulator.address import answer_failure
from localcloud.users_emulator.services import HTTP_APIS, LAMBDA, MAPPINGS
from localcloud.users_emulator.trial import Trial
from tests.cloud import REACHABLE, ROOT, own_state
from tests.deployed import Api, ended
from tests.emulator_proxy import EmulatorProxy
from tests.origin import Origin
from tests.pictures import encoded, photo

CLOSED = [(LOOPBACK, 1)]
"""A database that nobody reaches."""


@dataclass(frozen=True)
class Theirs:
    """The emulator of somebody else.

    Attributes:
        client: makes the client of a service by its name.
        toolkit: ARN of the stack by which they prepared it for the CDK.
    """

    url: str
    process: psutil.Process
    client: Callable[[str], Any]
    toolkit: str

    def untouched(self) -> None:
        """Everything that they had in it is as it was."""
        assert self.process.is_running()
        assert answer_failure(self.url) is None
        kept = self.client("s3").get_object(Bucket="theirs", Key="a.csv")["Body"].read()
        assert kept == b"theirs"
        sqs = self.client("sqs")
        queue = sqs.get_queue_url(QueueName="theirs")["QueueUrl"]
        [message] = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"]
        assert message["Body"] == "theirs"
        stacks = self.client("cloudformation").describe_stacks(StackName="CDKToolkit")["Stacks"]
        assert [each["StackId"] for each in stacks] == [self.toolkit]


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theirs]:
    """Started as its README says, in a folder and on a port of its own."""
    folder, port = tmp_path_factory.mktemp("theirs"), free_port()
    programs = ROOT / ".local" / "emulator" / "bin"
    server = subprocess.Popen(
        [str(programs / "python"), "-m", "ministack"],
        cwd=folder,
        env={
            "PATH": os.pathsep.join([str(programs), os.defpath]),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "STATE_DIR": str(folder / "state"),
            "GATEWAY_PORT": str(port),
            "BIND_HOST": LOOPBACK,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    process, url = psutil.Process(server.pid), f"http://{LOOPBACK}:{port}"
    try:
        deadline = time.monotonic() + 60
        while answer_failure(url):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        client = cache(lambda service: cdk.client(service, url))
        Cdk(ROOT, folder).bootstrap(url)
        [toolkit] = client("cloudformation").describe_stacks(StackName="CDKToolkit")["Stacks"]
        client("s3").create_bucket(Bucket="theirs")
        client("s3").put_object(Bucket="theirs", Key="a.csv", Body=b"theirs")
        queue = client("sqs").create_queue(QueueName="theirs")["QueueUrl"]
        client("sqs").send_message(QueueUrl=queue, MessageBody="theirs")
        yield Theirs(url, process, client, toolkit["StackId"])
    finally:
        family = [*process.children(recursive=True), process]
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        server.wait()


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    with own_state("users-emulator") as state:
        yield state


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def deployed(theirs: Theirs, state: Path, told: list[str]) -> Iterator[Stack]:
    """A cloud that is up on their emulator; the last of these tests takes it down."""
    cloud = LocalCloud(
        ROOT,
        state=state,
        endpoint_url=theirs.url,
        allowed_networks=REACHABLE,
        report=told.append,
    )
    try:
        yield cloud.up()
    finally:
        cloud.down()


def again(state: Path, **more: Any) -> LocalCloud:
    return LocalCloud(ROOT, state=state, allowed_networks=REACHABLE, **more)


def test_the_first_line_says_which_emulator_is_used(
    deployed: Stack, theirs: Theirs, told: list[str]
) -> None:
    assert told[0] == f"Using the emulator that runs at {theirs.url}."
    assert not [line for line in told if "Preparing" in line]  # it had been prepared already


def test_clients_are_told_where_it_is(deployed: Stack, theirs: Theirs, state: Path) -> None:
    assert deployed.aws_endpoint_url == theirs.url
    assert deployed.api_url.startswith(theirs.url)
    assert json.loads((state / "stack.json").read_text())["api_url"] == deployed.api_url
    assert not (state / "emulator.json").exists()


def test_a_job_runs_through(deployed: Stack) -> None:
    api = Api(deployed)
    with Origin() as origin:
        urls = [origin.serve(f"/{n}.jpg", encoded(photo(), "JPEG")) for n in range(2)]
        table = "".join(f"Cup {n},{url}\n" for n, url in enumerate(urls))
        gone = origin.url("/gone.jpg")
        job_id = api.submit(f"name,images\n{table}Gone,{gone}\n".encode())
        job = api.until(job_id, ended)
    assert (job["status"], job["images"]["succeeded"]) == ("completed", 2)
    assert "not_found" in api.download(job_id, "result")


def test_coming_up_again_needs_no_name_and_changes_nothing(
    deployed: Stack, theirs: Theirs, state: Path
) -> None:
    known = record.read(state)
    assert again(state).up() == deployed
    assert again(state, endpoint_url=theirs.url).up() == deployed
    assert record.read(state) == known


def test_another_checkout_leaves_the_stack_alone(
    deployed: Stack, theirs: Theirs, tmp_path: Path
) -> None:
    stranger = LocalCloud(ROOT, state=tmp_path, endpoint_url=theirs.url)
    try:
        with pytest.raises(CloudError, match="not deployed from here"):
            stranger.up()
    finally:
        stranger.down()
    assert Api(deployed).call("GET", "/v1/jobs").status_code == 200


def edit(service_path: str, change: Callable[[dict[str, Any]], Any]) -> Callable[..., bytes | None]:
    """Changes the JSON of calls of one path."""

    def edited(method: str, path: str, body: bytes) -> bytes | None:
        if method != "POST" or not path.rstrip("/").endswith(service_path):
            return body
        request = json.loads(body)
        change(request)
        return json.dumps(request).encode()

    return edited


BLIND = edit("/functions", lambda request: request.pop("Layers", None))
DEAF = edit("/event-source-mappings", lambda request: request.update(Enabled=False))
LOST = edit("/routes", lambda request: request.update(routeKey="GET /elsewhere"))
BROKEN = edit("/functions", lambda request: request.update(Handler="nothing.handler"))

LACKING = {
    "layers that functions do not see": (BLIND, ["Lambda layers"]),
    "mappings that call nobody": (DEAF, [MAPPINGS]),
    "an API that leads nowhere": (LOST, [HTTP_APIS]),
    "functions that do not run": (BROKEN, [LAMBDA]),
}


@pytest.mark.parametrize("lacking", LACKING)
def test_what_an_emulator_only_seems_to_have_is_found_out(
    theirs: Theirs, lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "ARRIVAL_SECONDS", 20.0)
    change, expected = LACKING[lacking]
    with EmulatorProxy(theirs.url, edit=change) as proxy:
        found = Trial(cache(lambda service: cdk.client(service, proxy.url)), proxy.url, CLOSED)
        found.run(skip=())
    assert [each.what for each in found.missing] == expected


def test_a_database_that_functions_do_not_reach_is_named_before_anything_is_deployed(
    theirs: Theirs, tmp_path: Path
) -> None:
    port = free_port()
    cloud = LocalCloud(
        ROOT,
        state=tmp_path,
        endpoint_url=theirs.url,
        database_url=f"postgresql://me:s3cr3t@{LOOPBACK}:{port}/darkroom",
    )
    with pytest.raises(
        CloudError, match=rf"do not reach PostgreSQL at {LOOPBACK}:{port}"
    ) as raised:
        cloud._emulator.start()
    assert "s3cr3t" not in str(raised.value)
    assert record.read(tmp_path) is None


def test_down_ends_what_is_ours_and_nothing_of_theirs(
    deployed: Stack, theirs: Theirs, state: Path
) -> None:
    assert again(state).down() is True
    stacks = theirs.client("cloudformation").list_stacks()["StackSummaries"]
    there = [each["StackName"] for each in stacks if each["StackStatus"] != "DELETE_COMPLETE"]
    assert there == ["CDKToolkit"]
    buckets = [each["Name"] for each in theirs.client("s3").list_buckets()["Buckets"]]
    assert not set(deployed.buckets.values()) & set(buckets)
    assert theirs.client("lambda").list_functions()["Functions"] == []
    assert len(theirs.client("sqs").list_queues()["QueueUrls"]) == 1
    theirs.untouched()
    left = {each.name for each in state.iterdir()}
    assert not left & {"stack.json", "deployed", record.FILE}
    assert again(state).down() is False
