"""The schema's history, applied by alembic in plain SQL."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from database.connection import Connection


def upgrade(connection: Connection) -> str:
    """Brings the schema to the newest version. Safe to call again, and from two places at once: the
    second waits for the first (an advisory lock in ``env.py``).

    Returns:
        the version it is at now.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    [(version,)] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(version)
