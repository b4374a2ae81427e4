"""Whether the API can do its work."""

from api.backend import Backend
from api.describe import PUBLIC, answer, answers
from api.errors import DatabaseUnavailable
from api.models import Health
from api.resolver import Resolver


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/health``."""

    @api.get(
        "/health",
        tags=["Service"],
        summary="Check the service",
        description="Asks the database. No key is needed.",
        operation_id="getHealth",
        openapi_extensions=PUBLIC,
        responses=answers({200: answer("All is well.", Health)}, DatabaseUnavailable, public=True),
    )
    def get_health() -> Health:
        backend.database.ping()
        return Health(status="ok")
