"""No statement of any path reads much more than it is asked for, whatever statistics there are.

Each one is explained with the arguments that it runs with, over tables with many jobs and a large
one that has just begun. PostgreSQL knows of them what it is told here: what it really knew at
several times, and things made up.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from bench.stress.paths import PATHS, run
from bench.stress.scene import Scene, Size, build
from bench.stress.statistics import TABLES
from database.connection import OPTIONS, Connection

SIZE = Size(jobs=2_500, images=30_000, present=8_000, failed=3_000, leased=5_000)
ROWS = 2 * (SIZE.images + SIZE.present + SIZE.failed) + 2 * SIZE.leased
"""Of all tables, about."""

REAL = (
    "never analysed", "analysed when empty", "analysed when tiny", "analysed before the job",
    "fresh", "when all was pending", "when all had failed", "when jobs had one image",
)  # fmt: skip
MADE_UP = tuple(f"made up {seed}" for seed in range(10))

ASKED = {
    "job": 1,
    "jobs of a tenant": 51,
    "completed jobs": 51,
    "rejected jobs": 1,
    "images, first page": 101,
    "images, late page": 101,
    "pending images": 101,
    "failed images": 101,
    "deliveries of a job": 20,
    "an earlier request": 1,
    "the first request of a key": 1,
    "known URLs of a chunk": 5_000,
    "new URLs of a chunk": 5_000,
    "few known URLs": 100,
    "images to send again": 5_000,
    "few images to send again": 100,
    "outcomes": 2_000,
    "outcomes of few images": 20,
    "closing": 1,
    "progress": 1,
    "attempts": 1_000,  # of 100; each is compared with each of its batch
    "result": 2_000,
    "failures": 2_000,
    "no failures": 8_000,
    "due deliveries": 1,
    "due deliveries of a job": 20,
    "silent receivers": 100,
    "receivers that answer": 100,
    "deliveries of silent receivers": 100,
    "forgotten receivers": 1,
    "stuck jobs": 1,
    "unsent retries": 1,
    "lost images": 2_000,
    "counted jobs": 1,
    "cancelled jobs": 1,
    "jobs to give up": 1,
    "images to give up": 1,
    "giving up": 5_000,
    "giving up a few": 100,
    "a job to delete": 1,
    "retention": 10,
    "retention of a large job": 6_000,
    "redelivery": 20,
    "retry": 3_000,
}
"""How many rows each path is about."""

ROWS_EACH, PAGES_EACH, FEW = 25, 40, 500
"""What may be handled for each of them, over all the steps of a plan, and for the statement."""


class Explaining(psycopg.Cursor[TupleRow]):
    """Runs each statement twice, and takes the first time back: that one is looked at."""

    plans: list[tuple[str, dict[str, Any]]]

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        text = str(query).strip()
        if text.startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
            how = "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON"
            with (
                self.connection.transaction(force_rollback=True),
                psycopg.Cursor(self.connection) as other,
            ):
                [[found]] = other.execute(f"EXPLAIN ({how}) {text}", params).fetchall()
            self.plans.append((text, found[0]["Plan"]))
        return super().execute(query, params, **options)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def handled(plan: dict[str, Any]) -> float:
    """Rows that came out of the steps of a plan, and that were looked at and dropped in them."""
    counted = ("Actual Rows", *(f"Rows Removed by {by}" for by in ("Filter", "Join Filter")))
    return sum(
        float(node["Actual Loops"] * node.get(name, 0)) for node in nodes(plan) for name in counted
    )


def pages(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@dataclass(frozen=True)
class World:
    connection: Connection
    scene: Scene

    def learn(self, kind: str) -> None:
        """Lets PostgreSQL know what it knew then, or what was made up."""
        # What the paths left behind when they were taken back is no part of the question.
        self.connection.execute("VACUUM (INDEX_CLEANUP ON)")
        statistics = self.scene.statistics
        if kind in MADE_UP:
            seed = MADE_UP.index(kind)
            base = statistics[REAL[2 + seed % 3]]
            base.made_up(seed).apply(self.connection)
        else:
            statistics[kind].apply(self.connection)

    def plans(self, path: str) -> list[tuple[str, dict[str, Any]]]:
        """Of each statement of a path, with what came of it."""
        Explaining.plans = []
        cursor_factory, self.connection.cursor_factory = self.connection.cursor_factory, Explaining
        try:
            run(self.connection, self.scene, PATHS[path])
        finally:
            self.connection.cursor_factory = cursor_factory
        assert Explaining.plans
        return Explaining.plans


@pytest.fixture(scope="module")
def world(postgres: str) -> Iterator[World]:
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS plans WITH (FORCE)")
        admin.execute("CREATE DATABASE plans TEMPLATE darkroom_template")
        conninfo = psycopg.conninfo.make_conninfo(postgres, dbname="plans", options=OPTIONS)
        with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
            for table in TABLES:  # else the server would learn by itself
                connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            scene = build(connection, SIZE)
            # What would take for ever ends as an error.
            connection.execute("SET statement_timeout = '60s'")
            yield World(connection, scene)
        admin.execute("DROP DATABASE plans WITH (FORCE)")


def test_every_path_says_how_much_it_is_asked_for() -> None:
    assert set(ASKED) == set(PATHS)


@pytest.mark.parametrize("kind", [*REAL, *MADE_UP])
def test_no_statement_reads_much_more_than_it_is_asked_for(world: World, kind: str) -> None:
    world.learn(kind)
    for path, asked in ASKED.items():
        for statement, plan in world.plans(path):
            shown = f"{path}\n{statement}\n{json.dumps(plan, indent=1)}"
            assert handled(plan) <= ROWS_EACH * asked + FEW, shown
            assert pages(plan) <= PAGES_EACH * asked + FEW, shown
            whole = [node for node in nodes(plan) if node["Node Type"] == "Seq Scan"]
            assert not {node["Relation Name"] for node in whole} & set(TABLES), shown


@pytest.mark.parametrize("kind", [*REAL, *MADE_UP])
def test_without_our_settings_a_table_may_be_read_but_none_for_each_row(
    world: World, kind: str
) -> None:
    """The statements by themselves, as an operator runs them: nothing is compared with all."""
    world.learn(kind)
    with world.connection.transaction(force_rollback=True):
        for name in ("enable_sort", "enable_bitmapscan", "enable_seqscan"):
            world.connection.execute(f"SET LOCAL {name} = on")
        for path, asked in ASKED.items():
            for statement, plan in world.plans(path):
                shown = f"{path}\n{statement}\n{json.dumps(plan, indent=1)}"
                assert handled(plan) <= ROWS_EACH * asked + FEW + 5 * ROWS, shown
