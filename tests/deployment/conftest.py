"""An account of AWS's emulator for what CloudFormation does, one of moto's for the rest."""

from collections.abc import Callable, Iterator

import pytest

from deployment.account import Account
from localcloud import cdk
from localcloud.emulator import Emulator
from localcloud.processes import free_port
from tests.cloud import ROOT, own_state
from tests.deployment.accounts import SESSION, Say


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker for all of these: each would start an emulator for itself."""
    for item in items:
        if "tests/deployment/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("deployment"))


@pytest.fixture(scope="session")
def emulated() -> Iterator[Account]:
    """An account in an emulator with nothing in it."""
    with own_state("deployment") as state:
        emulator = Emulator(ROOT, state, port=free_port())
        emulator.start()
        try:
            yield Account(
                cdk.session(),
                number=cdk.ACCOUNT,
                who="tests",
                region=cdk.REGION,
                poll=0.05,
                endpoint_url=emulator.endpoint_url,
            )
        finally:
            emulator.stop()


@pytest.fixture
def mocked(aws: None) -> Account:
    """An account of moto's with nothing in it."""
    return Account(SESSION, number="123456789012", who="tests", region="us-east-1", poll=0.0)


@pytest.fixture
def say() -> Callable[[str], None]:
    """Hears what a command reports; ``say.text`` has it."""
    return Say()
