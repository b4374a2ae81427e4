"""What runs the real packages: one worker for all, because publishing them takes a while."""

import pytest

from localcloud import setup
from packages import interpreter
from packages.interpreter import Interpreter


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/packages/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("packages"))


@pytest.fixture(scope="session")
def python() -> Interpreter:
    found = interpreter.find(setup.ROOT)
    if found.platform is None:
        pytest.skip("only Linux runs what is made for Lambda")
    return found
