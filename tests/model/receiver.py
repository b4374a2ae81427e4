"""Somebody's webhook endpoint, in place of the guarded HTTP client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook, WebhookVerificationError

from outbound.answers import Reply
from pipeline.errors import ImageErrorCode
from tests.model.clock import Clock
from tests.model.faults import Faults

OK = Reply(5, status_code=204)
ANSWERS = {
    "ok": OK,
    "away": Reply(15_000, error=ImageErrorCode.TIMEOUT),
    "broken": Reply(5, status_code=500),
    "busy": Reply(5, status_code=429, retry_after=7_200),
    "gone": Reply(5, status_code=410),
}


@dataclass(frozen=True)
class Post:
    """One request that arrived."""

    at: datetime
    delivery_id: UUID
    body: bytes
    reply: Reply


class Receiver:
    """Remembers what came, verifies it, and answers as it is told.

    Attributes:
        secrets: of the tenant, each with the time until which it signs; None is for ever.
    """

    def __init__(self, clock: Clock, faults: Faults, secret: str) -> None:
        self.posts: list[Post] = []
        self.secrets: list[tuple[str, datetime | None]] = [(secret, None)]
        self.answer = OK
        self._clock = clock
        self._faults = faults

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
        assert self._is_signed(body, headers)
        self._faults.point(NeverRaised)
        self.posts.append(Post(self._clock.now, UUID(headers["webhook-id"]), body, self.answer))
        self._faults.point(NeverRaised)
        return self.answer

    def _is_signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """By a secret that is valid, as the public library checks it, the timestamp too."""
        for secret, until in self.secrets:
            if until is not None and until < self._clock.now:
                continue
            try:
                Webhook(secret).verify(body, dict(headers))
            except WebhookVerificationError:
                continue
            return True
        return False


class NeverRaised(Exception):  # noqa: N818 (a bug of the client, not of its world)
    """What the client does not raise; the notifier's batch comes again if it does."""
