"""What the recorder function needs to know."""

from database.connection import DatabaseSettings


class RecorderSettings(DatabaseSettings):
    """``api_url`` is the public base of the API without a trailing slash; what fails by itself is
    put aside at ``outcomes_dead_queue_url``, which release 0.1 did not set."""

    api_url: str
    finished_queue_url: str
    deliveries_queue_url: str
    outcomes_dead_queue_url: str | None = None
