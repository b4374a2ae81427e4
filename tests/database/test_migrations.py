"""Migrations of tables that are in use: what they keep waiting, and what an interruption leaves."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from uuid import UUID

import psycopg
import pytest

from database import migrations
from database.connection import Connection
from database.migrations import MigrationError
from pipeline.job import Job

ROWS = 1_000_000
LONG = 120.0
"""Seconds after which something that should have happened never will."""

RECORD = "UPDATE images SET status = 'succeeded' WHERE job_id = %s AND position = %s"

ADD_COLUMN = 'op.execute("ALTER TABLE images ADD COLUMN shelf integer DEFAULT 0")'
ADD_CONSTRAINT = (
    'op.execute("ALTER TABLE images ADD CONSTRAINT has_shelf CHECK (shelf >= 0) NOT VALID")'
)
VALIDATE = 'steps.validate("images", "has_shelf")'
CREATE_INDEX = 'steps.create_index("images_by_shelf", "ON images (job_id, shelf)")'

Migrate = Callable[..., str]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with the real migrations, and further ones with these bodies."""

    def write(*bodies: str) -> Path:
        folder = tmp_path / "versions"
        shutil.copytree(migrations.VERSIONS, folder)
        head = max(file.stem.split("_")[0] for file in folder.glob("*.py"))
        for number, body in enumerate(bodies, start=9001):
            text = f"""\
                from alembic import op
                from database.migrations import steps
                revision, down_revision = "{number}", "{head}"
                def upgrade():
                    {body}
            """
            (folder / f"{number}_test.py").write_text(dedent(text))
            head = str(number)
        return folder

    return write


@pytest.fixture
def other(database_url: str) -> Iterator[Connection]:
    """A second session."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def fill(connection: Connection, job_id: UUID, rows: int) -> None:
    connection.execute(
        """
        INSERT INTO images (job_id, position, url, url_digest)
        SELECT %s, n, 'https://shop.example/' || n || '.jpg', sha256(n::text::bytea)
        FROM generate_series(0, %s - 1) AS n
        """,
        [job_id, rows],
    )


class Writer(threading.Thread):
    """Records outcomes one after another, as the recorder would."""

    def __init__(self, database_url: str, job_id: UUID) -> None:
        super().__init__()
        self._url = database_url
        self._job_id = job_id
        self._end = threading.Event()
        self.written = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                while not self._end.is_set():
                    connection.execute(RECORD, [self._job_id, self.written])
                    self.written += 1
        except BaseException as error:  # noqa: BLE001 (told to the test)
            self.error = error

    def stop(self) -> None:
        self._end.set()
        self.join()


@contextmanager
def writing(database_url: str, job_id: UUID) -> Iterator[Writer]:
    writer = Writer(database_url, job_id)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()
    assert writer.error is None


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_large_table_is_migrated_while_others_write_it(
    database_url: str,
    connection: Connection,
    other: Connection,
    new_job: Callable[..., Job],
    written: Callable[..., Path],
) -> None:
    """A report that takes minutes has read the table. A migration that waited for it would keep
    every writer behind it waiting as well."""
    job = new_job()
    fill(connection, job.job_id, ROWS)
    versions = written(ADD_COLUMN, ADD_CONSTRAINT, VALIDATE, CREATE_INDEX)
    tries: list[Path] = []

    def counted(own: Connection, versions: Path) -> None:
        tries.append(versions)
        apply(own, versions)

    apply = migrations._apply
    with (
        pytest.MonkeyPatch.context() as patch,
        ThreadPoolExecutor(1) as pool,
        writing(database_url, job.job_id) as writer,
    ):
        patch.setattr(migrations, "LOCK_TIMEOUT", 1.0)
        patch.setattr(migrations, "PAUSE", 0.2)
        patch.setattr(migrations, "_apply", counted)
        with other.transaction():
            other.execute("SELECT count(*) FROM images WHERE position = 0")
            upgrade = pool.submit(migrations.upgrade, connection, versions=versions, patience=LONG)
            until(lambda: len(tries) >= 3)
            before = writer.written
            until(lambda: writer.written > before + 20 or upgrade.done())
        assert upgrade.result() == "9004"
        after = writer.written
        until(lambda: writer.written > after)
    [(valid, validated)] = other.execute(
        """
        SELECT indisvalid, convalidated FROM pg_index, pg_constraint
        WHERE indexrelid = 'images_by_shelf'::regclass AND conname = 'has_shelf'
        """
    ).fetchall()
    assert (valid, validated) == (True, True)
    assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)


def test_an_index_whose_building_was_interrupted_is_built_anew(
    connection: Connection, new_job: Callable[..., Job], written: Callable[..., Path]
) -> None:
    job = new_job()
    fill(connection, job.job_id, 2)
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("CREATE UNIQUE INDEX CONCURRENTLY images_by_shelf ON images (job_id)")
    assert migrations.upgrade(connection, versions=written(ADD_COLUMN, CREATE_INDEX)) == "9002"
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'images_by_shelf'::regclass"
    assert connection.execute(valid).fetchall() == [(True,)]


def test_two_deploys_at_once_build_an_index_once(
    connection: Connection, other: Connection, written: Callable[..., Path]
) -> None:
    versions = written(ADD_COLUMN, CREATE_INDEX)
    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(migrations.upgrade, each, versions=versions) for each in (connection, other)
        ]
    assert [each.result() for each in both] == ["9002", "9002"]


def test_a_table_that_stays_locked_is_named_and_what_was_applied_stays(
    connection: Connection, other: Connection, written: Callable[..., Path]
) -> None:
    versions = written('op.execute("CREATE TABLE shelves ()")', ADD_COLUMN)
    with other.transaction():
        other.execute("LOCK TABLE images IN ACCESS SHARE MODE")
        with pytest.raises(MigrationError, match="A table stays locked"):
            migrations.upgrade(connection, versions=versions, patience=0)
    assert connection.execute("SELECT version_num FROM schema_version").fetchall() == [("9001",)]
    assert migrations.upgrade(connection, versions=versions) == "9002"


def test_a_migration_that_fails_leaves_nothing_of_itself(
    connection: Connection, written: Callable[..., Path]
) -> None:
    half = 'op.execute("CREATE TABLE shelves ()"); op.execute("SELECT 1 / 0")'
    with pytest.raises(Exception, match="division by zero"):
        migrations.upgrade(connection, versions=written(ADD_COLUMN, half))
    assert connection.execute("SELECT version_num FROM schema_version").fetchall() == [("9001",)]
    assert connection.execute("SELECT to_regclass('shelves')").fetchall() == [(None,)]
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    assert connection.execute(locks).fetchone() == (0,)


def test_another_deploy_that_never_ends_is_an_error(
    connection: Connection, other: Connection
) -> None:
    other.execute("SELECT pg_advisory_lock(%s)", [migrations.ADVISORY_LOCK])
    with pytest.raises(MigrationError, match="Another deploy"):
        migrations.upgrade(connection, patience=0)
