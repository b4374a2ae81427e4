"""The schema between two releases: migrations add, and take nothing away that is still used."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import psycopg
import pytest
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from database import migrations
from database.connection import Connection
from tests.upgrades.catalogue import schema, taken_away
from tests.upgrades.last_release import LastRelease


@pytest.fixture
def empty_url(postgres: str) -> Iterator[str]:
    """A database without any table."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield psycopg.conninfo.make_conninfo(postgres, dbname=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty(empty_url: str) -> Iterator[Connection]:
    with psycopg.connect(empty_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def and_then(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a folder with the real migrations and one more, which executes a statement."""

    def write(statement: str) -> Path:
        folder = tmp_path / "versions"
        shutil.copytree(migrations.VERSIONS, folder)
        head = max(file.stem.split("_")[0] for file in folder.glob("*.py"))
        text = f"""\
            from alembic import op
            revision, down_revision = "9001", "{head}"
            def upgrade():
                op.execute({statement!r})
        """
        (folder / "9001_test.py").write_text(dedent(text))
        return folder

    return write


def since(release: LastRelease) -> list[Script]:
    """The migrations that this release adds to the last one's."""
    config = Config()
    config.set_main_option("script_location", str(migrations.VERSIONS.parent))
    known = {file.name for file in release.migrations.glob("*.py")}
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return [each for each in scripts if Path(each.path).name not in known]


def test_a_migration_that_was_released_never_changes(last_release: LastRelease) -> None:
    released = sorted(each for each in last_release.migrations.iterdir() if each.is_file())
    assert released
    for file in released:
        assert (migrations.VERSIONS / file.name).read_bytes() == file.read_bytes(), file.name


def test_what_the_last_release_uses_is_there_after_the_migrations(
    last_release: LastRelease, empty: Connection, empty_url: str
) -> None:
    """But for what a migration names in ``takes_away``. The last release must not use that, which
    the next test looks at."""
    last_release.run("migrate", empty_url)
    before = schema(empty)
    migrations.upgrade(empty)
    said = {name for script in since(last_release) for name in takes_away(script)}
    unsaid = [what for name, what in taken_away(before, schema(empty)) if name not in said]
    assert unsaid == []


def takes_away(script: Script) -> tuple[str, ...]:
    named: tuple[str, ...] = getattr(script.module, "takes_away", ())
    return named


USING = (
    *("test_jobs", "test_jobs_pages", "test_images", "test_outcomes", "test_progress"),
    *("test_deliveries", "test_redeliveries", "test_repairs", "test_retries", "test_tenants"),
)
"""The last release's tests of what it does with the tables."""


def test_the_last_release_passes_its_own_tests_over_this_schema(
    last_release: LastRelease, tmp_path: Path
) -> None:
    tests = [f"tests/database/{name}.py" for name in USING]
    told = last_release.test(*tests, plugin="newer_schema", folder=tmp_path)
    assert re.search(r"^\d+ passed in", told, re.MULTILINE), told[-3000:]


BREAKING = {
    "a column dropped": ("ALTER TABLE jobs DROP filename", "jobs.filename"),
    "a column made anew": (
        "ALTER TABLE jobs DROP filename; ALTER TABLE jobs ADD filename text",
        "jobs.filename",
    ),
    "a column renamed": ("ALTER TABLE jobs RENAME filename TO name", "jobs.filename"),
    "a column of another type": ("ALTER TABLE jobs ALTER retries TYPE bigint", "jobs.retries"),
    "a column that must not be null": (
        "ALTER TABLE jobs ALTER filename SET NOT NULL",
        "jobs.filename",
    ),
    "a default dropped": ("ALTER TABLE jobs ALTER retries DROP DEFAULT", "jobs.retries"),
    "a required column": ("ALTER TABLE jobs ADD feed_id uuid NOT NULL", "jobs.feed_id"),
    "a table dropped": ("DROP TABLE delivery_attempts", "delivery_attempts.attempt"),
    "a table renamed": ("ALTER TABLE csv_rows RENAME TO rows", "csv_rows.row_number"),
    "a check": ("ALTER TABLE jobs ADD CONSTRAINT few CHECK (retries < 3)", "jobs.few"),
    "a check not yet valid": (
        "ALTER TABLE jobs ADD CONSTRAINT few CHECK (retries < 3) NOT VALID",
        "jobs.few",
    ),
    "a unique index": ("CREATE UNIQUE INDEX one_name ON jobs (filename)", "jobs.one_name"),
    "a foreign key": (
        "ALTER TABLE images ADD CONSTRAINT owner FOREIGN KEY (job_id) REFERENCES jobs",
        "images.owner",
    ),
}


@pytest.mark.parametrize(("statement", "named"), BREAKING.values(), ids=BREAKING)
def test_what_a_migration_takes_away_is_found(
    connection: Connection, and_then: Callable[[str], Path], statement: str, named: str
) -> None:
    before = schema(connection)
    migrations.upgrade(connection, versions=and_then(statement))
    assert named in dict(taken_away(before, schema(connection)))


ADDING = {
    "a column": "ALTER TABLE jobs ADD feed_id uuid",
    "a column with a default": "ALTER TABLE jobs ADD reused integer NOT NULL DEFAULT 0",
    "a table": "CREATE TABLE feeds (feed_id uuid PRIMARY KEY, name text NOT NULL UNIQUE)",
    "an index": "CREATE INDEX jobs_by_name ON jobs (filename)",
    "a check of a new column": "ALTER TABLE jobs ADD reused integer CHECK (reused >= 0)",
    "a wider column": "ALTER TABLE jobs ALTER source_version DROP NOT NULL",
}


@pytest.mark.parametrize("statement", ADDING.values(), ids=ADDING)
def test_what_a_migration_adds_is_no_harm(
    connection: Connection, and_then: Callable[[str], Path], statement: str
) -> None:
    before = schema(connection)
    migrations.upgrade(connection, versions=and_then(statement))
    assert list(taken_away(before, schema(connection))) == []


def test_the_last_release_is_deployed_over_a_newer_schema(
    last_release: LastRelease,
    empty: Connection,
    empty_url: str,
    and_then: Callable[[str], Path],
) -> None:
    """Forth, back, forth again: its migrator finds nothing to do, and ours knows where it was."""
    versions = and_then("CREATE TABLE feeds ()")
    released = last_release.run("migrate", empty_url)
    assert migrations.upgrade(empty, versions=versions) == "9001"
    assert last_release.run("migrate", empty_url) == released
    assert migrations.upgrade(empty, versions=versions) == "9001"
    assert empty.execute("SELECT to_regclass('feeds')").fetchone() == ("feeds",)


def test_the_last_release_is_deployed_over_a_schema_that_it_never_had(
    last_release: LastRelease, connection: Connection, database_url: str
) -> None:
    before = schema(connection)
    last_release.run("migrate", database_url)
    assert schema(connection) == before


def test_a_schema_that_is_newer_is_left_as_it_is(
    connection: Connection, and_then: Callable[[str], Path]
) -> None:
    migrations.upgrade(connection, versions=and_then("CREATE TABLE feeds ()"))
    before = schema(connection)
    assert migrations.upgrade(connection) == "9001"
    assert schema(connection) == before
