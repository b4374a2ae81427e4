"""What the finisher function needs to know."""

from database.connection import DatabaseSettings


class FinisherSettings(DatabaseSettings):
    """``api_url`` is the public base of the API without a trailing slash."""

    api_url: str
    uploads_bucket: str
    results_bucket: str
    deliveries_queue_url: str
