"""The stages' templates, synthesised once for a whole run."""

import pytest

from tests.infra.synthesised import WAYS, Synthesised, synthesise, synthesise_way


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups, also if only this folder is run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker for all of these: each would synthesise for itself."""
    for item in items:
        if "tests/infra/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("infra"))


@pytest.fixture(params=["local", "dev", "prod"])
def stage(request: pytest.FixtureRequest) -> Synthesised:
    return synthesise(request.param)


@pytest.fixture(params=["dev", "prod"])
def on_aws(request: pytest.FixtureRequest) -> Synthesised:
    return synthesise(request.param)


@pytest.fixture(params=WAYS)
def every_way(request: pytest.FixtureRequest) -> Synthesised:
    """Each way to deploy to AWS; what AWS refuses, it refuses in all of them."""
    return synthesise_way(request.param)


@pytest.fixture
def prod() -> Synthesised:
    return synthesise("prod")


@pytest.fixture
def local() -> Synthesised:
    return synthesise("local")
