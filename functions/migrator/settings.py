"""What the migrator function needs to know."""

from database.connection import DatabaseSettings


class MigratorSettings(DatabaseSettings):
    """Nothing but where PostgreSQL is."""
