"""What the janitor function needs to know."""

from pydantic import Field

from database.connection import DatabaseSettings


class JanitorSettings(DatabaseSettings):
    """``retention_days`` is how long a finished job is kept."""

    retention_days: int = Field(ge=1)
    uploads_bucket: str
    images_bucket: str
    uploads_queue_url: str
    images_queue_url: str
    finished_queue_url: str
    deliveries_queue_url: str
