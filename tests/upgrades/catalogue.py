"""What PostgreSQL says of a schema, and what of it a migration has taken away."""

from collections.abc import Iterator
from dataclasses import dataclass

from database.connection import Connection

COLUMNS = """
    SELECT attrelid AS table_oid, attnum, relname || '.' || attname AS name,
           format_type(atttypid, atttypmod) AS type, attnotnull AS required,
           attidentity <> '' OR attgenerated <> '' OR pg_get_expr(adbin, adrelid) IS NOT NULL
               AS filled
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p')
    JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = 'public'
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
"""
RULES = """
    SELECT conrelid AS table_oid, relname || '.' || conname AS name,
           pg_get_constraintdef(pg_constraint.oid) AS definition, conkey AS columns
    FROM pg_constraint
    JOIN pg_class ON pg_class.oid = conrelid
    JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = 'public'
    WHERE contype IN ('c', 'f', 'u', 'p', 'x')
    UNION ALL
    SELECT indrelid, pg_class.relname || '.' || indexes.relname,
           pg_get_indexdef(indexrelid), indkey::smallint[]
    FROM pg_index
    JOIN pg_class ON pg_class.oid = indrelid
    JOIN pg_class AS indexes ON indexes.oid = indexrelid
    JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace AND nspname = 'public'
    WHERE indisunique AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


@dataclass(frozen=True)
class Column:
    """``filled``: PostgreSQL has a value for it where an insert has none."""

    name: str
    type: str
    required: bool
    filled: bool


@dataclass(frozen=True)
class Rule:
    """A constraint or a unique index, with the places of the columns that it looks at."""

    name: str
    definition: str
    columns: frozenset[int]


@dataclass(frozen=True)
class Schema:
    """Columns by their table's number and their own: these stay when something is renamed, and do
    not come back when it is made anew. Rules by name."""

    columns: dict[tuple[int, int], Column]
    rules: dict[tuple[int, str], Rule]


def schema(connection: Connection) -> Schema:
    """The schema as it is now."""
    columns = connection.execute(COLUMNS).fetchall()
    rules = connection.execute(RULES).fetchall()
    return Schema(
        {(table, number): Column(*column) for table, number, *column in columns},
        {
            (table, name): Rule(name, definition, frozenset(places))
            for table, name, definition, places in rules
        },
    )


def taken_away(before: Schema, after: Schema) -> Iterator[tuple[str, str]]:
    """What code that was written for ``before`` may miss in ``after``: the column or rule, as
    ``table.name``, and one sentence."""
    yield from _columns(before, after)
    yield from _rules(before, after)


def _columns(before: Schema, after: Schema) -> Iterator[tuple[str, str]]:
    for key, column in before.columns.items():
        now = after.columns.get(key)
        if now is None:
            yield column.name, f"{column.name} is gone"
        elif now.name != column.name:
            yield column.name, f"{column.name} is called {now.name}"
        elif now.type != column.type:
            yield column.name, f"{column.name} was {column.type} and is {now.type}"
        elif now.required and not column.required:
            yield column.name, f"{column.name} must not be null any more"
        elif column.filled and not now.filled:
            yield column.name, f"{column.name} has no default any more"
    tables = {table for table, _ in before.columns}
    for (table, number), column in after.columns.items():
        is_new = table in tables and (table, number) not in before.columns
        if is_new and column.required and not column.filled:
            yield column.name, f"{column.name} is required of those who do not know it"


def _rules(before: Schema, after: Schema) -> Iterator[tuple[str, str]]:
    """A new rule about old columns may refuse what older code writes. Where one has merely become
    wider, as the list of a status has, say so in the migration."""
    for (table, name), rule in after.rules.items():
        was = before.rules.get((table, name))
        known = {number for owner, number in before.columns if owner == table}
        concerned = bool(known) and (rule.columns <= known or not rule.columns)
        if concerned and (was is None or was.definition != rule.definition):
            yield name, f"{name} is new for code that knows its columns"
