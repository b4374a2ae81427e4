"""One POST for each delivery, and a report of each attempt."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from aws_lambda_powertools import Logger

from outbound.answers import Reply
from outbound.client import Client
from pipeline.errors import ImageErrorCode
from pipeline.figures import Figures
from pipeline.messages import DeliverWebhook, DeliveryAttempted
from pipeline.queues import Queue, Received


@dataclass(frozen=True)
class Notifying:
    """Sends what the data zone has signed; holds no secret itself."""

    client: Client
    outcomes: Queue
    logger: Logger

    def run(self, messages: Sequence[Received[DeliverWebhook]]) -> None:
        """Makes the attempts side by side, so that a slow receiver holds up nobody.

        Raises:
            SendFailedError, botocore's errors: the reports did not get through.
        """
        if not messages:
            return
        with ThreadPoolExecutor(len(messages)) as pool:
            reports = [report for report in pool.map(self._attempt, messages) if report]
        self.outcomes.send(reports)
        figures = Figures()
        for report in reports:
            figures.add("DeliveryAttempts", result=result(report))
        figures.write()

    def _attempt(self, received: Received[DeliverWebhook]) -> DeliveryAttempted | None:
        message = received.message
        at = datetime.now(UTC)
        if at > message.expires_at:
            if received.receives == 1:
                # It waited too long. Once its lease is over it is signed and queued again.
                self._log("expired", message)
                return None
            # An earlier run ended in the middle of it. Were that not counted as an attempt, a
            # request that kills this function would be made again and again.
            reply = Reply(milliseconds=0, error=ImageErrorCode.INTERNAL_ERROR)
        else:
            reply = self._post(message)
        self._log("attempted", message, status_code=reply.status_code, error=reply.error)
        return DeliveryAttempted(
            delivery_id=message.delivery_id,
            attempt=message.attempt,
            at=at,
            milliseconds=reply.milliseconds,
            status_code=reply.status_code,
            error=reply.error,
            retry_after=reply.retry_after,
        )

    def _post(self, message: DeliverWebhook) -> Reply:
        """An attempt that fails in a way that nobody thought of counts as one: were it an error of
        the whole batch, the receivers of the others would get their webhooks again."""
        began = time.monotonic()
        try:
            return self.client.post(
                message.url, body=message.body.encode(), headers=message.headers
            )
        except Exception:
            about = {"delivery_id": str(message.delivery_id), "attempt": message.attempt}
            self.logger.exception("attempt failed", extra=about)
            milliseconds = round((time.monotonic() - began) * 1000)
            return Reply(milliseconds, error=ImageErrorCode.INTERNAL_ERROR)

    def _log(self, what: str, message: DeliverWebhook, **more: object) -> None:
        about = {"delivery_id": str(message.delivery_id), "attempt": message.attempt}
        self.logger.info(what, extra=about | more)


def result(report: DeliveryAttempted) -> str:
    """An attempt as the figures tell it apart: ``2xx`` to ``5xx``, or why there was no answer."""
    if report.status_code is None:
        return report.error or "none"
    return f"{report.status_code // 100}xx"
