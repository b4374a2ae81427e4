"""Which emulator a command works on: the cloud's own, or the one that its user named."""

import json
import os
from pathlib import Path

import psutil
import pytest

from localcloud.backends import Runtime
from localcloud.cloud import LocalCloud, from_environment
from localcloud.errors import CloudError
from localcloud.processes import free_port
from localcloud.users_emulator import record
from localcloud.users_emulator.record import Record

USERS = "http://127.0.0.1:4599"
OTHER = "http://127.0.0.1:4598"


@pytest.fixture
def own(tmp_path: Path) -> str:
    """Address of an emulator that this cloud has started (this process, for all that it knows)."""
    port = free_port()
    started = psutil.Process().create_time()
    (tmp_path / "emulator.json").write_text(
        json.dumps({"pid": os.getpid(), "started": started, "port": port})
    )
    return f"http://127.0.0.1:{port}"


def remember(state: Path, **more: object) -> None:
    known = {"endpoint_url": USERS, "region": "us-east-1", "account": "000000000000", **more}
    record.write(state, Record(**known))  # type: ignore[arg-type]  # by name


def cloud(state: Path, endpoint_url: str | None = None, **more: str) -> LocalCloud:
    return LocalCloud(state, state=state, endpoint_url=endpoint_url, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_second_emulator_beside_the_cloud_s_own_is_refused(
    tmp_path: Path, own: str, command: str
) -> None:
    with pytest.raises(CloudError, match=rf"an emulator of its own at {own}.*{USERS}.*make down"):
        getattr(cloud(tmp_path, USERS), command)()
    assert (tmp_path / "emulator.json").exists()


@pytest.mark.parametrize("command", ["up", "down"])
def test_another_emulator_than_the_one_in_use_is_refused(tmp_path: Path, command: str) -> None:
    remember(tmp_path)
    with pytest.raises(CloudError, match=rf"deployed on the emulator at {USERS}.*names {OTHER}"):
        getattr(cloud(tmp_path, OTHER), command)()
    assert record.read(tmp_path) is not None


def test_naming_the_cloud_s_own_emulator_is_naming_none(tmp_path: Path, own: str) -> None:
    """As a shell does that has AWS_ENDPOINT_URL for the AWS command line."""
    named = cloud(tmp_path, own)
    assert named._emulator is named._own


def test_the_emulator_in_use_need_not_be_named_again(tmp_path: Path) -> None:
    remember(tmp_path, database_url="postgresql://me@db.example/darkroom")
    again = cloud(tmp_path)
    assert again._emulator.endpoint_url == USERS
    assert again._database.url == "postgresql://me@db.example/darkroom"


def test_without_a_named_emulator_a_database_is_none_of_the_cloud_s_business(
    tmp_path: Path,
) -> None:
    """DATABASE_URL is exported by many projects."""
    named = cloud(tmp_path, database_url="postgresql://me@db.example/shop")
    assert named._database is named._own_database


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A checkout, in a shell that has none of the variables."""
    for name in ("AWS_ENDPOINT_URL", "DATABASE_URL", "DARKROOM_PORT", "CLOUDINARY_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    return tmp_path


def test_the_environment_names_emulator_and_database(
    shell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4599/")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db.example/darkroom")
    named = from_environment(shell, report=lambda _: None)
    assert named._emulator.endpoint_url == USERS
    assert named._database.url == "postgresql://me@db.example/darkroom"
    # It is reached directly.
    assert os.environ["no_proxy"] == "127.0.0.1,localhost,intranet.example"


def test_an_environment_that_names_none_means_the_cloud_s_own(shell: Path) -> None:
    named = from_environment(shell, report=lambda _: None)
    assert named._emulator is named._own
    assert os.environ["NO_PROXY"] == "intranet.example"


def runtime(**more: str | None) -> Runtime:
    usual = {
        "python_version": "3.13",
        "platform": "x86_64-manylinux_2_34",
        "api_url": f"{USERS}/_aws/execute-api/{{id}}/$default",
        "endpoint_url": USERS,
    }
    return Runtime(**(usual | more))  # type: ignore[arg-type]  # by name


DATABASE = "postgresql://me@db.example/darkroom"


def context(state: Path, found: Runtime, networks: str | None = None) -> dict[str, str]:
    remember(state, database_url=DATABASE, runtime=found)
    return LocalCloud(state, state=state, allowed_networks=networks)._context()


def test_functions_that_run_beside_us_are_told_what_we_are_told(tmp_path: Path) -> None:
    assert context(tmp_path, runtime()) == {
        "stage": "local",
        "endpoint_url": USERS,
        "database_url": DATABASE,
        "python_version": "3.13",
        "platform": "x86_64-manylinux_2_34",
        "api_url": f"{USERS}/_aws/execute-api/{{id}}/$default",
        "storage_url": "",
    }


def test_functions_in_containers_sign_addresses_for_clients_out_here(tmp_path: Path) -> None:
    inside = runtime(endpoint_url="http://172.17.0.2:4566")
    assert context(tmp_path, inside)["storage_url"] == USERS


@pytest.mark.parametrize(
    ("address", "asked", "allowed"),
    [
        ("127.0.0.1", None, None),
        ("", None, None),
        ("192.168.65.254", None, "127.0.0.0/8,::1/128,192.168.65.254/32"),
        ("192.168.65.254", "10.0.0.0/8", "10.0.0.0/8"),
        ("192.168.65.254", "", ""),
    ],
    ids=["on loopback", "not reached", "from containers", "asked", "asked for none"],
)
def test_functions_may_reach_this_machine_as_they_know_it(
    tmp_path: Path, address: str, asked: str | None, allowed: str | None
) -> None:
    found = runtime(this_machine="host.docker.internal", this_machine_address=address)
    assert context(tmp_path, found, asked).get("allowed_networks") == allowed
