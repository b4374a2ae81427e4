"""What runs against a local cloud of the tests' own."""

import pytest


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups, also if only this folder is run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker for all that share a cloud: each would start one for itself."""
    for item in items:
        if "tests/local/" in item.path.as_posix():
            item.add_marker(pytest.mark.local)
            enforced = "tests/local/enforced/" in item.path.as_posix()
            item.add_marker(pytest.mark.xdist_group("enforced" if enforced else "local"))
