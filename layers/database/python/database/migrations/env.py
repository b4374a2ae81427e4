"""What alembic runs: all migrations in one transaction on the connection it was given."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

ADVISORY_LOCK = 0x6461726B726F6F6D
"""Any number that nothing else uses: "darkroom" in ASCII."""

psycopg_connection = context.config.attributes["connection"]
psycopg_connection.autocommit = False  # SQLAlchemy expects to begin transactions itself
engine = create_engine(
    "postgresql+psycopg://", creator=lambda: psycopg_connection, poolclass=StaticPool
)
try:
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            context.run_migrations()
        connection.commit()
finally:
    psycopg_connection.rollback()
    psycopg_connection.autocommit = True
