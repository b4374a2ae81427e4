"""Which emulator a command works on, of those that it may mean."""

from dataclasses import dataclass

from localcloud.errors import CloudError
from localcloud.users_emulator import address
from localcloud.users_emulator.record import Record


@dataclass(frozen=True)
class Choice:
    """
    Attributes:
        remembered: where the last ``up`` deployed, until ``down``, if not on the cloud's own.
        named: by the user, now.
        own: address of the cloud's own emulator, if that has been started.
    """

    remembered: Record | None
    named: str | None
    own: str | None

    @property
    def url(self) -> str | None:
        """Address of the user's emulator; ``None`` means the cloud's own."""
        if self.named and self.named != self.own:
            return self.named
        return self.remembered.endpoint_url if self.remembered else None

    def check(self) -> None:
        """One cloud at a time: clients know the one in ``stack.json``.

        Raises:
            CloudError: another one is in use.
        """
        known = self.remembered.endpoint_url if self.remembered else None
        if known and self.url != known:
            raise CloudError(
                f"Darkroom is deployed on the emulator at {known}, and {address.VARIABLE} names "
                f"{self.url}: run `make down {address.VARIABLE}={known}` first."
            )
        if self.url and self.own:
            raise CloudError(
                f"The local cloud runs on an emulator of its own at {self.own}, and "
                f"{address.VARIABLE} names {self.url}: run `make down` without that variable first."
            )
