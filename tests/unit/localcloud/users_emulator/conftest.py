"""An emulator that the tests have for their user's: moto's server, which runs no functions."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud import cdk
from localcloud.users_emulator.emulator import UsersEmulator
from tests.moto_server import moto_server

__all__ = ["moto_server"]

DATABASE = "postgresql://postgres:s3cr3t@127.0.0.1:1/darkroom"


@pytest.fixture
def emulator_url(moto_server: str) -> str:
    """Its address; there is nothing in it."""
    requests.post(f"{moto_server}/moto-api/reset", timeout=30).raise_for_status()
    return moto_server


@pytest.fixture
def client(emulator_url: str) -> Callable[[str], Any]:
    """Makes the client of a service by its name."""
    return cache(lambda service: cdk.client(service, emulator_url))


@pytest.fixture
def told() -> list[str]:
    """What the person at the terminal was told."""
    return []


@pytest.fixture
def users_emulator(tmp_path: Path, emulator_url: str, told: list[str]) -> UsersEmulator:
    return made(tmp_path, emulator_url, told)


def made(state: Path, url: str, told: list[str], *, is_users: bool = False) -> UsersEmulator:
    return UsersEmulator(
        state,
        url,
        database_url=lambda: DATABASE,
        database_is_users=is_users,
        report=told.append,
    )
