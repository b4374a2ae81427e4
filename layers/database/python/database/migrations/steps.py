"""What migrations are made of where plain SQL in a transaction would keep others waiting.

How to change a table that is in use:

- a new column: ``ADD COLUMN``, with a constant default or none. It rewrites nothing.
- a new index: :func:`create_index`.
- a new constraint: ``ADD CONSTRAINT … NOT VALID`` in one migration, :func:`validate` in the next.
- columns and tables go one release after the last code that uses them.
"""

from typing import LiteralString

from alembic import op
from sqlalchemy import text


def create_index(name: LiteralString, definition: LiteralString) -> None:
    """Builds an index while others read and write the table.

    A build that was interrupted leaves an invalid index of the name, which is dropped first.

    Args:
        definition: what follows the name, as ``ON jobs (tenant_id)``.
    """
    _outside_a_transaction(
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"CREATE INDEX CONCURRENTLY {name} {definition}",
    )


def drop_index(name: LiteralString) -> None:
    """Takes an index away while others read and write the table."""
    _outside_a_transaction(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def validate(table: LiteralString, constraint: LiteralString) -> None:
    """Looks at every row for a constraint that was added ``NOT VALID``. Others go on reading and
    writing; the rows that they add are checked already."""
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")


def _outside_a_transaction(*statements: LiteralString) -> None:
    """Waits as long as need be: these statements keep nobody else waiting."""
    with op.get_context().autocommit_block():
        bind = op.get_bind()
        [(timeout,)] = bind.execute(text("SHOW lock_timeout"))
        bind.execute(text("SET lock_timeout = 0"))
        try:
            for statement in statements:
                bind.execute(text(statement))
        finally:
            bind.execute(text(f"SET lock_timeout = '{timeout}'"))
