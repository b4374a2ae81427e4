"""``python -m bench.stress``: how long each path takes, by what the planner knows of the tables.

The tables are filled once, in a PostgreSQL of its own, whose autovacuum is off. Then each path is
walked with each kind of statistics, and taken back.
"""

import argparse
import time

import psycopg

from bench.places import WORK
from bench.stress.paths import PATHS, Path, run
from bench.stress.scene import Scene, Size, build
from bench.tables import table
from database import migrations
from database.connection import OPTIONS, Connection
from localcloud.postgres import Postgres

LONGEST = 60.0
"""Seconds after which a statement is given up: most functions do not live as long."""

TWICE = 5.0
"""Seconds from which on a path is walked once only. The second time counts for the others."""


def main() -> None:
    asked = arguments()
    size = Size(asked.jobs, asked.images, asked.present, asked.failed, asked.leased)
    postgres = Postgres(WORK / "stress", durable=False)
    postgres.start()
    try:
        with psycopg.connect(postgres.url(), autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET autovacuum = off")
            admin.execute("SELECT pg_reload_conf()")
        conninfo = psycopg.conninfo.make_conninfo(
            postgres.recreate("stress"), options="" if asked.plain else OPTIONS
        )
        with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
            migrations.upgrade(connection)
            began = time.monotonic()
            scene = build(connection, size)
            print(f"{size}, filled in {time.monotonic() - began:.0f} s")
            connection.execute(f"SET statement_timeout = {LONGEST * 1000:.0f}")
            paths = {name: PATHS[name] for name in asked.path or PATHS}
            measure(connection, scene, paths)
    finally:
        postgres.stop()


def measure(connection: Connection, scene: Scene, paths: dict[str, Path]) -> None:
    """Prints the milliseconds of each path with each kind of statistics, and the longest."""
    took: dict[str, list[float]] = {name: [] for name in paths}
    for statistics in scene.statistics.values():
        connection.execute("VACUUM")  # what the paths left behind when they were taken back
        statistics.apply(connection)
        for name, path in paths.items():
            took[name].append(timed(connection, scene, path))
    rows = [
        (str(n), name, *(f"{1000 * each:,.1f}" for each in seconds))
        for n, (name, seconds) in enumerate(took.items(), 1)
    ]
    kinds = [f"({letter})" for letter, _ in zip("abcdefghij", scene.statistics, strict=False)]
    table("Milliseconds", ("", "path", *kinds), rows)
    for kind, name in zip(kinds, scene.statistics, strict=True):
        print(f"  {kind} {name}")
    longest = max(took, key=lambda name: max(took[name]))
    print(f"\n  longest: {longest}, {max(took[longest]):.2f} s")


def timed(connection: Connection, scene: Scene, path: Path) -> float:
    """Seconds of one walk, in a warm cache."""
    seconds = 0.0
    for _ in range(2):
        began = time.perf_counter()
        try:
            run(connection, scene, path)
        except psycopg.errors.QueryCanceled:
            return LONGEST
        seconds = time.perf_counter() - began
        if seconds > TWICE:
            break
    return seconds


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.stress", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000, help="finished jobs")
    parser.add_argument("--images", type=int, default=200_000, help="of these, all together")
    parser.add_argument("--present", type=int, default=20_000, help="images of the job under way")
    parser.add_argument("--failed", type=int, default=20_000, help="images of a failed job")
    parser.add_argument("--leased", type=int, default=20_000, help="webhooks under way")
    parser.add_argument("--path", action="append", choices=PATHS, help="only this one; repeatable")
    parser.add_argument(
        "--plain", action="store_true", help="without the settings that functions connect with"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
