"""A receiver of webhooks as the user of Darkroom would write one, with the public library."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from localcloud.processes import LOOPBACK
from localcloud.servers import LoopbackServer, Visit


@dataclass(frozen=True)
class Delivery:
    """One request that arrived."""

    id: str
    event: str
    status: str
    bytes: int
    verified: bool


class Receiver(LoopbackServer):
    """Takes webhooks in on a free loopback port while it is entered.

    Args:
        secret: what the deliveries are signed with, ``whsec_…``.
        report: told of each delivery as it arrives, in another thread.
        host: by which the sender knows this machine.
    """

    def __init__(
        self, secret: str, report: Callable[[Delivery], None], *, host: str = LOOPBACK
    ) -> None:
        super().__init__(self._visit(), host=host)
        self._webhook = Webhook(secret)
        self._report = report
        self._arrived: list[Delivery] = []
        self._change = threading.Condition()

    @property
    def url(self) -> str:
        return f"{super().url}/webhooks"

    @property
    def deliveries(self) -> list[Delivery]:
        with self._change:
            return list(self._arrived)

    def wait_for(self, *events: str, seconds: float) -> bool:
        """Waits until each of the events has arrived, verified; whether they have."""

        def complete() -> bool:
            return set(events) <= {each.event for each in self._arrived if each.verified}

        with self._change:
            return self._change.wait_for(complete, timeout=seconds)

    def take(self, headers: dict[str, str], body: bytes) -> HTTPStatus:
        """Verifies one request; an answer in the 200s tells the sender that it is done."""
        try:
            self._webhook.verify(body, headers)
            verified = True
        except WebhookVerificationError:
            verified = False
        content = json.loads(body) if verified else {}
        delivery = Delivery(
            id=headers.get("webhook-id", ""),
            event=content.get("type", ""),
            status=content.get("data", {}).get("status", ""),
            bytes=len(body),
            verified=verified,
        )
        with self._change:
            self._arrived.append(delivery)
            self._change.notify_all()
        self._report(delivery)
        return HTTPStatus.NO_CONTENT if verified else HTTPStatus.UNAUTHORIZED

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        time.sleep(0.2)  # answers on their way: a broken one would be delivered again
        super().__exit__(kind, error, at)

    def _visit(receiver) -> type[Visit]:  # noqa: N805 (the visit has its self)
        class Post(Visit):
            def do_POST(self) -> None:  # noqa: N802 (http.server's name)
                headers = {key.lower(): value for key, value in self.headers.items()}
                self.answer(receiver.take(headers, self.body()))

        return Post
