"""What the api function needs to know."""

from database.connection import DatabaseSettings


class ApiSettings(DatabaseSettings):
    """``api_url`` is the public base of the API without a trailing slash."""

    api_url: str
    uploads_bucket: str
    results_bucket: str
    images_bucket: str
    uploads_queue_url: str
    deliveries_queue_url: str
