"""How long AWS's own services are waited for. boto3's defaults are five minutes for one call that
hangs: longer than most functions live, and who is ended by Lambda reports nothing."""

from dataclasses import dataclass
from typing import Any

from botocore.config import Config


@dataclass(frozen=True)
class Patience:
    """With one call.

    Attributes:
        connect: seconds until a connection stands.
        read: seconds between two signs of life on it.
        attempts: the first one counted.
    """

    connect: float
    read: float
    attempts: int

    def config(self, **more: Any) -> Config:  # noqa: ANN401 (whatever botocore takes)
        """For ``boto3.client``. ``more`` is what else the client is told."""
        return Config(
            connect_timeout=self.connect,
            read_timeout=self.read,
            retries={"mode": "standard", "total_max_attempts": self.attempts},
            **more,
        )

    @property
    def longest(self) -> float:
        """Seconds that a call without an answer lasts at most: its attempts, and the pauses between
        them, which are up to 1, 2, 4 … s in botocore's standard mode."""
        return self.attempts * (self.connect + self.read) + 2.0 ** (self.attempts - 1) - 1


HINT = Patience(connect=1, read=2, attempts=1)
"""For an answer that one can do without."""

SHORT = Patience(connect=1, read=3, attempts=3)
"""Where somebody waits, or other waits come before and after."""

STORE = Patience(connect=2, read=5, attempts=3)
"""For an image on its way into a bucket."""

LONG = Patience(connect=2, read=10, attempts=5)
"""For those that have a quarter of an hour, and whose message is dead after five failures."""
