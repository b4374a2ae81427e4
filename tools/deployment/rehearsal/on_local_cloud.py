"""A rehearsal on a local cloud: the same steps, as far as an emulator goes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from darkroom.client import Client
from deployment.account import Account
from deployment.errors import DeploymentError
from deployment.rehearsal.target import Address, NotRehearsedError, Scene, last_release
from localcloud import calls, cdk
from localcloud import stack as stacks
from localcloud.cloud import LocalCloud
from localcloud.demo import checks, pictures
from localcloud.demo.origin import Origin
from localcloud.demo.receiver import Receiver
from localcloud.demo.sample import Sample

PATIENCE = 60.0
"""Seconds for the last webhook to arrive."""

POLL = 0.3


class OnLocalCloud:
    """The stage ``local`` on an emulator.

    Args:
        cloud: from this checkout.
        earlier: makes the same cloud of a checkout of the release before.
    """

    stage = "local"
    name = "the local cloud"

    def __init__(self, cloud: LocalCloud, *, earlier: Callable[[Path], LocalCloud]) -> None:
        self._cloud = cloud
        self._earlier = earlier

    @property
    def account(self) -> Account:
        stack = stacks.read(self._cloud.stack_file)
        if stack is None:
            raise DeploymentError("The local cloud of the rehearsal is not up.")
        return Account(
            cdk.session(),
            number=cdk.ACCOUNT,
            who="local",
            region=cdk.REGION,
            poll=0.2,
            endpoint_url=stack.aws_endpoint_url,
        )

    def deploy(self) -> Address:
        stack = self._cloud.up()
        outputs = cdk.outputs(stack.aws_endpoint_url)
        return Address(stack.api_url, outputs["MigratorFunction"])

    def deploy_last_release(self) -> None:
        self._earlier(last_release(self._cloud.root)).up()

    @contextmanager
    def scene(self, client: Client, address: Address) -> Iterator[Scene]:  # noqa: ARG002 (a Target)
        drawn = pictures.made(_pictures(self._cloud))
        secret = client.webhook_secret()["secret"]
        with Origin(drawn) as origin, Receiver(secret, lambda _: None) as receiver:
            yield Scene(
                sample=Sample(origin.url),
                webhook_url=receiver.url,
                webhooks=lambda job_id: _arrived(client, job_id, receiver),
            )

    def rotate_database_password(self) -> None:
        raise NotRehearsedError(
            "the change of the database's password: the emulator has no rotation, and its "
            "PostgreSQL stands beside it"
        )

    def restore_database(self, meanwhile: Callable[[], None]) -> None:  # noqa: ARG002 (a Target)
        raise NotRehearsedError("the restore: there is no RDS that makes backups")

    def after_destroy(self) -> None:
        self._cloud.down()


def _pictures(cloud: LocalCloud) -> Path:
    return cloud.root / ".local" / "demo" / "pictures"


def _arrived(client: Client, job_id: str, receiver: Receiver) -> Iterator[str]:
    receiver.wait_for(*checks.EVENTS, seconds=PATIENCE)
    deadline = time.monotonic() + PATIENCE
    log = calls.deliveries(client, job_id)
    while any(each["status"] == "pending" for each in log) and time.monotonic() < deadline:
        time.sleep(POLL)
        log = calls.deliveries(client, job_id)
    yield from checks.deliveries(receiver.deliveries, log)
