"""What a local cloud stands on: an emulator of AWS and a PostgreSQL, each its own or its user's."""

from dataclasses import dataclass
from typing import Protocol

from localcloud.processes import LOOPBACK

PATH_STYLE = "{endpoint}/_aws/execute-api/{{id}}/$default"
"""An HTTP API's address without a host name of its own, which Python could not look up."""


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What the emulator runs functions with, and what they find there."""

    python_version: str
    """``3.13``"""
    platform: str | None = None
    """As uv names it, ``x86_64-manylinux_2_34``; ``None`` is this machine."""
    api_url: str
    """Address of an HTTP API for clients here, with ``{id}`` where the API's id goes."""
    endpoint_url: str
    """Address of the emulator as functions see it."""
    this_machine: str = LOOPBACK
    """Host name by which functions reach servers on this machine's loopback; empty if by none."""
    this_machine_address: str = LOOPBACK
    """The address behind that name, as functions look it up."""


class Emulator(Protocol):
    """An emulator of AWS that the stack is deployed onto."""

    @property
    def endpoint_url(self) -> str:
        """Its address here, no trailing slash."""

    @property
    def region(self) -> str:
        """Where the stack goes: ``us-east-1``."""

    @property
    def account(self) -> str:
        """Twelve digits."""

    @property
    def identity(self) -> str:
        """Differs from what it was before once the stack has to be deployed again."""

    @property
    def runtime(self) -> Runtime:
        """What functions run with.

        Raises:
            CloudError: something that the stack needs is missing there.
        """

    def is_running(self) -> bool:
        """Whether it runs and has what was put there before."""

    def start(self) -> None:
        """Makes it ready for a first deploy."""

    def deployed(self) -> None:
        """Told after each deploy."""

    def stop(self) -> bool:
        """Ends what this cloud has there; whether there was anything."""


class Database(Protocol):
    """A PostgreSQL server."""

    @property
    def url(self) -> str:
        """Connection string of the stack's database, for clients here."""

    def url_from(self, host: str) -> str:
        """The same for functions that know this machine by that name."""

    def start(self) -> None:
        """Makes it ready."""

    def renew(self) -> None:
        """What is in the tables belongs to a stack that is gone."""

    def stop(self) -> bool:
        """Ends it, if it is the cloud's own; whether it ran."""
