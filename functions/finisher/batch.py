"""One event of the finished queue: each job for itself."""

from typing import Any

from finisher.finishing import Finishing
from pipeline.messages import FinishJob
from pipeline.queues import Malformed, failures, received


def work_through(event: dict[str, Any], finishing: Finishing) -> dict[str, Any]:
    """Finishes the job of each message; a message that fails comes again, the others are done.

    Returns:
        a partial batch response.
    """
    failed = []
    for each in received(event, FinishJob):
        if isinstance(each, Malformed):
            finishing.logger.error("malformed message", extra={"reason": each.reason})
            failed.append(each.message_id)
            continue
        try:
            finishing.run(each.message.job_id)
        except Exception:
            job_id = str(each.message.job_id)
            finishing.logger.exception("job not finished", extra={"job_id": job_id})
            failed.append(each.message_id)
    return failures(failed)
