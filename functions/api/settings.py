"""What the api function needs to know."""

from pydantic import Field

from database.connection import DatabaseSettings
from pipeline.options import StoreName
from pipeline.settings import Stores


class ApiSettings(DatabaseSettings):
    """``api_url`` is the public base of the API without a trailing slash; ``stores`` are where
    images may be kept; ``retention_days`` is how long a job's files are; ``storage_url`` is where
    clients find S3, if not where this function does."""

    api_url: str
    uploads_bucket: str
    results_bucket: str
    images_bucket: str
    uploads_queue_url: str
    deliveries_queue_url: str
    retention_days: int = Field(ge=1)
    storage_url: str = ""
    stores: Stores = (StoreName.S3,)
