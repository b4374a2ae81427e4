"""Where a stage is rehearsed, and what differs between the places."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from darkroom.client import Client
from deployment.account import Account
from localcloud import releases
from localcloud.demo.sample import Sample
from localcloud.releases import ReleaseMissingError


class NotRehearsedError(Exception):
    """This place cannot do it; the message says what, and why."""


def last_release(root: Path) -> Path:
    """A checkout of the release before this one, ready to be deployed.

    Raises:
        NotRehearsedError: this clone does not have it.
    """
    try:
        return releases.checkout(root, releases.last(root))
    except ReleaseMissingError as error:
        raise NotRehearsedError(f"the upgrade: {error}") from error


@dataclass(frozen=True)
class Address:
    """What a client of the deployed stage needs, and the function that makes keys."""

    api_url: str
    migrator: str


@dataclass(frozen=True)
class Scene:
    """The world around one job.

    Attributes:
        sample: the CSV, with addresses that the deployed stage reaches.
        webhook_url: where the job's webhooks go.
        webhooks: finds what is wrong with those of a job, a sentence each.
    """

    sample: Sample
    webhook_url: str
    webhooks: Callable[[str], Iterator[str]]


class Target(Protocol):
    """A place that a stage lives in from its first deploy to its deletion."""

    @property
    def name(self) -> str:
        """For people: ``account 123456789012, eu-west-1``."""

    @property
    def stage(self) -> str: ...

    @property
    def account(self) -> Account: ...

    def deploy(self) -> Address:
        """Deploys this version, over whatever is there."""

    def deploy_last_release(self) -> None:
        """Deploys the release before this one over this one.

        Raises:
            NotRehearsedError: it cannot be deployed there.
        """

    def scene(self, client: Client, address: Address) -> AbstractContextManager[Scene]:
        """Pictures that the stage can fetch, and a receiver for its webhooks."""

    def rotate_database_password(self) -> None:
        """Has it changed, and waits until that is done."""

    def restore_database(self, meanwhile: Callable[[], None]) -> None:
        """Restores it to this moment, by the commands of ``docs/operations.md``.

        Args:
            meanwhile: done after the moment, and so undone by the restore.
        """

    def after_destroy(self) -> None:
        """Takes away what lives beside the stack."""
