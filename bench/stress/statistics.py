"""What the planner knows of the tables: kept, put back, taken away, or made up.

PostgreSQL 18 has functions for it (postgresql.org/docs/18/functions-admin.html, "Statistics
Manipulation Functions"), so that one filling of the tables serves every kind.
"""

import random
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.rows import dict_row

from database.connection import Connection

TABLES = (
    "jobs", "images", "csv_rows", "deliveries", "delivery_attempts", "idempotency_keys",
    "silent_receivers",
)  # fmt: skip
"""Those that grow with use."""

RELATIONS: LiteralString = """
    SELECT relname, relpages, reltuples, relallvisible FROM pg_class
    WHERE oid = ANY(%(tables)s::regclass[])
       OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[]))
"""
RESTORE_RELATION: LiteralString = """
    SELECT pg_restore_relation_stats(
        'schemaname', 'public', 'relname', %(relname)s::text,
        'relpages', %(relpages)s::integer, 'reltuples', %(reltuples)s::real,
        'relallvisible', %(relallvisible)s::integer)
"""
ATTRIBUTES: LiteralString = """
    SELECT tablename, attname, null_frac, avg_width, n_distinct,
           most_common_vals::text, most_common_freqs, histogram_bounds::text, correlation
    FROM pg_stats WHERE schemaname = 'public' AND tablename IN (
        SELECT relname FROM pg_class WHERE oid = ANY(%(tables)s::regclass[])
            OR oid IN (
                SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[])))
"""
RESTORE_ATTRIBUTE: LiteralString = """
    SELECT pg_restore_attribute_stats(
        'schemaname', 'public', 'relname', %(tablename)s::text, 'attname', %(attname)s::text,
        'inherited', false, 'null_frac', %(null_frac)s::real, 'avg_width', %(avg_width)s::integer,
        'n_distinct', %(n_distinct)s::real,
        'most_common_vals', %(most_common_vals)s::text,
        'most_common_freqs', %(most_common_freqs)s::real[],
        'histogram_bounds', %(histogram_bounds)s::text, 'correlation', %(correlation)s::real)
"""
CLEAR_RELATIONS: LiteralString = """
    SELECT pg_clear_relation_stats('public', relname) FROM pg_class
    WHERE oid = ANY(%(tables)s::regclass[])
       OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[]))
"""
CLEAR_ATTRIBUTES: LiteralString = """
    SELECT pg_clear_attribute_stats('public', tablename, attname, false)
    FROM pg_stats WHERE schemaname = 'public' AND tablename IN (
        SELECT relname FROM pg_class WHERE oid = ANY(%(tables)s::regclass[])
            OR oid IN (
                SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[])))
"""


@dataclass(frozen=True)
class Statistics:
    """One state of ``pg_class`` and ``pg_statistic``, for ``TABLES`` and their indexes."""

    relations: list[dict[str, Any]]
    attributes: list[dict[str, Any]]

    @classmethod
    def none(cls) -> "Statistics":
        """As if nobody had analysed the tables."""
        return cls([], [])

    @classmethod
    def of(cls, connection: Connection) -> "Statistics":
        """Those of now."""
        with connection.cursor(row_factory=dict_row) as cursor:
            tables = {"tables": list(TABLES)}
            return cls(
                cursor.execute(RELATIONS, tables).fetchall(),
                cursor.execute(ATTRIBUTES, tables).fetchall(),
            )

    def believing(self, **of_status: str) -> "Statistics":
        """These, but all rows of a table have one status: ``images="pending"``."""
        attributes = [
            attribute
            | {
                "n_distinct": 1.0,
                "most_common_vals": f"{{{of_status[attribute['tablename']]}}}",
                "most_common_freqs": [1.0],
                "histogram_bounds": None,
            }
            if attribute["tablename"] in of_status and attribute["attname"] == "status"
            else attribute
            for attribute in self.attributes
        ]
        return Statistics(self.relations, attributes)

    def believing_in_small_jobs(self) -> "Statistics":
        """These, but each row has a job of its own."""
        attributes = [
            attribute
            | {
                "n_distinct": -1.0,
                "most_common_vals": None,
                "most_common_freqs": None,
            }
            if attribute["attname"] == "job_id"
            else attribute
            for attribute in self.attributes
        ]
        return Statistics(self.relations, attributes)

    def made_up(self, seed: int) -> "Statistics":
        """These with values drawn anew: a planner that believes them should do no harm either."""
        chance = random.Random(seed)
        relations = []
        for relation in self.relations:
            pages, rows = relation["relpages"], relation["reltuples"]
            believed = chance.choice([rows, 0, 10, 1e9, rows * 10, rows / 10])
            visible = chance.choice([0, pages])
            relations.append(relation | {"reltuples": believed, "relallvisible": visible})
        attributes = []
        for attribute in self.attributes:
            if chance.random() < 0.2:
                continue  # not known at all
            drawn = attribute | {
                "n_distinct": chance.choice([attribute["n_distinct"], 0, 1, 2, 1000, -0.001, -1]),
                "correlation": chance.choice([None, -1, 0, 1]),
                "null_frac": chance.choice([0, 0, 0.5, 0.99]),
            }
            if chance.random() < 0.5:
                drawn |= {"most_common_vals": None, "most_common_freqs": None}
            if chance.random() < 0.5:
                drawn |= {"histogram_bounds": None}
            attributes.append(drawn)
        return Statistics(relations, attributes)

    def apply(self, connection: Connection) -> None:
        """Makes the planner know this and no more."""
        tables = {"tables": list(TABLES)}
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(CLEAR_ATTRIBUTES, tables)
            cursor.execute(CLEAR_RELATIONS, tables)
            for relation in self.relations:
                cursor.execute(RESTORE_RELATION, relation)
            for attribute in self.attributes:
                cursor.execute(RESTORE_ATTRIBUTE, attribute)
