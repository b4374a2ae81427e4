"""One event of the uploads queue: each message for itself."""

from collections.abc import Callable
from typing import Any

from ingest.ingestion import Ingestion
from ingest.notices import announced
from pipeline.queues import failures


def work_through(
    event: dict[str, Any], ingestion: Ingestion, *, remaining: Callable[[], float]
) -> dict[str, Any]:
    """Ingests what each message announces; a message that fails comes again, the others are done.

    Args:
        remaining: seconds left until Lambda ends this invocation.

    Returns:
        a partial batch response.
    """
    failed = []
    for record in event["Records"]:
        try:
            for upload in announced(record["body"]):
                ingestion.run(upload, remaining=remaining)
        except Exception:
            ingestion.logger.exception("message failed", extra={"message_id": record["messageId"]})
            failed.append(record["messageId"])
    return failures(failed)
