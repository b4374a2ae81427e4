"""A plugin of pytest for the last release's tests: their schema is that of this release."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from database import migrations

UPGRADE = """
import sys, psycopg
from database import migrations
assert migrations.__file__.startswith(sys.argv[1]), migrations.__file__
with psycopg.connect(sys.argv[2], autocommit=True) as connection:
    migrations.upgrade(connection)
"""


def pytest_configure() -> None:
    migrations.upgrade = upgrade  # type: ignore[assignment]  # the last release's takes less


def upgrade(connection: psycopg.Connection) -> None:
    """As the last release's own, by a process that has this release's packages."""
    layers = Path(os.environ["THIS"]) / "layers"
    paths = [str(layers / name / "python") for name in ("pipeline", "database")]
    address = connection.info
    url = psycopg.conninfo.make_conninfo(address.dsn, password=address.password)
    subprocess.run(
        [sys.executable, "-P", "-c", UPGRADE, str(layers), url],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        check=True,
    )
