"""Moto's server: S3, SQS and others over real HTTP, in place of calls that never leave Python."""

from collections.abc import Iterator

import pytest
import requests
from moto.server import ThreadedMotoServer

from localcloud.processes import LOOPBACK


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """Its address, on a free port. What is in it stays from one test to the next."""
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    # Without Docker, which one machine has and another has not: each function says the same.
    requests.post(f"{url}/moto-api/config", json={"lambda": {"use_docker": False}}, timeout=30)
    yield url
    server.stop()
