"""What the ingest function needs to know."""

from database.connection import DatabaseSettings


class IngestSettings(DatabaseSettings):
    """``api_url`` is the public base of the API without a trailing slash."""

    api_url: str
    uploads_bucket: str
    images_queue_url: str
    finished_queue_url: str
    deliveries_queue_url: str
    uploads_queue_url: str
