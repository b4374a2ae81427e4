"""Runs the last release's migrator on a database: given its address, answers the version."""

import json
import sys

import psycopg

from database import migrations


def main() -> None:
    assert migrations.__file__.startswith(sys.argv[1]), migrations.__file__
    with psycopg.connect(json.load(sys.stdin), autocommit=True) as connection:
        json.dump(migrations.upgrade(connection), sys.stdout)


main()
