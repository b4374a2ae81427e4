"""What alembic runs: each migration in a transaction of its own on the connection it was given."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

psycopg_connection = context.config.attributes["connection"]
psycopg_connection.autocommit = False  # SQLAlchemy expects to begin transactions itself
engine = create_engine(
    "postgresql+psycopg://", creator=lambda: psycopg_connection, poolclass=StaticPool
)
try:
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            transaction_per_migration=True,
            version_table=context.config.attributes["version_table"],
        )
        with context.begin_transaction():
            context.run_migrations()
finally:
    if not psycopg_connection.closed:
        psycopg_connection.rollback()
        psycopg_connection.autocommit = True
