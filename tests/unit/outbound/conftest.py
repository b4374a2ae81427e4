"""A badly behaved origin, and a client that may reach it."""

from collections.abc import Iterator

import pytest

from outbound.addresses import parse_networks
from outbound.client import Client
from tests.origin import Origin


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client(contact="https://shop.example/about", allowed=parse_networks("127.0.0.0/8"))
    yield client
    client.close()
