"""The schema's history, applied by alembic in plain SQL."""

from pathlib import Path

from database.connection import Connection


def upgrade(connection: Connection) -> str:
    """Brings the schema to the newest version. Safe to call again, and from two places at once: the
    second waits for the first (an advisory lock in ``env.py``).

    Returns:
        the version it is at now.
    """
    # Takes longer to import than all else together, and making an API key needs none of it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    [(version,)] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(version)
