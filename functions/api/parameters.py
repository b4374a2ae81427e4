"""Parameters that several calls take."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query

from api.limits import LARGEST_PAGE

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[ -~]*$",
        description="Any text that names this request, a UUID for example: sent again with the "
        "same key and body, it leads to the same job. Kept as long as the job, unless that "
        "expires.",
    ),
]
JobId = Annotated[UUID, Path(description="As `POST /v1/jobs` answered it.")]
DeliveryId = Annotated[UUID, Path(description="Its `webhook-id`, as the list shows it.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Most items on the page.")]
