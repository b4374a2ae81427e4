"""A local cloud of the tests' own: other ports, another database, another folder than `make up`."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localcloud.cloud import LocalCloud
from localcloud.processes import free_port
from localcloud.stack import Stack
from tests.cloudinary_server import CloudinaryServer

ROOT = Path(__file__).parents[1]
STATES = ROOT / ".local" / "tests"

REACHABLE = "127.0.0.1/32"
"""Of this machine's own addresses. The rest of loopback stands for what is not public."""


@pytest.fixture(scope="session")
def cloudinary_server() -> Iterator[CloudinaryServer]:
    """What the local cloud takes for Cloudinary."""
    with CloudinaryServer() as server:
        yield server


@pytest.fixture(scope="session")
def cloud(cloudinary_server: CloudinaryServer) -> Iterator[LocalCloud]:
    """A local cloud that is up, for as long as the tests run. Its usual store is S3."""
    with own_state("cloud") as state:
        cloud = LocalCloud(
            ROOT,
            state=state,
            port=free_port(),
            allowed_networks=REACHABLE,
            cloudinary_url=cloudinary_server.url,
            stores="s3,cloudinary",
        )
        try:
            cloud.up()
            yield cloud
        finally:
            cloud.down()


@pytest.fixture(scope="session")
def stack(cloud: LocalCloud) -> Stack:
    """Addresses, names and a key of the tests' local cloud."""
    return cloud.up()


@contextmanager
def own_state(name: str) -> Iterator[Path]:
    """A folder for one cloud of this process, locked for as long as that is used."""
    STATES.mkdir(parents=True, exist_ok=True)
    state = STATES / f"{name}-{os.getpid()}"
    with (STATES / "starting.lock").open("w") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)  # else another process could take it for abandoned
        end_abandoned()
        state.mkdir()
        lock = (state / "owner.lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield state
    finally:
        shutil.rmtree(state)
        lock.close()


def end_abandoned() -> None:
    """Ends what tests left behind that were killed: nobody holds their lock any more."""
    for file in STATES.glob("*/owner.lock"):
        state = file.parent
        with file.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            LocalCloud(ROOT, state=state).down()
            shutil.rmtree(state)
