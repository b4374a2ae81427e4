"""The steps of a stage's life: what each does, and what it proves."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from darkroom.client import Client
from darkroom.errors import CommandError, ServiceError
from darkroom.target import Target as ApiTarget
from darkroom.transport import Transport
from deployment import deployed
from deployment.destroy import destroy as destroy_stage
from deployment.errors import DeploymentError
from deployment.rehearsal import sample_job
from deployment.rehearsal.target import Address, NotRehearsedError, Target
from deployment.removal import Report
from deployment.request import Request

NOT_FOUND, UNAUTHORIZED = 404, 401

REVOKED_WITHIN = 90.0
"""Functions remember a key for a minute."""


@dataclass
class Life:
    """One rehearsal, as far as it has come.

    Attributes:
        notes: what later steps need to know, kept between two runs: texts by name.
        missing: what of the present step could not be rehearsed here.
    """

    target: Target
    report: Report
    notes: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def address(self) -> Address:
        return Address(self.notes["api_url"], self.notes["migrator"])

    def client(self, key: str | None = None) -> Client:
        """The API's client, with the newest key or another."""
        target = ApiTarget(self.address.api_url, key or self.notes["api_key"])
        return Client(target, Transport())

    def migrator(self, **action: str) -> dict[str, Any]:
        """Has the migrator do something for an operator."""
        answer = self.target.account.client("lambda").invoke(
            FunctionName=self.address.migrator, Payload=json.dumps(action)
        )
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise DeploymentError(f"The migrator refused {action['action']}: {said}.")
        return said

    def tried(self, what: Callable[[], None]) -> None:
        """Does a part of a step, and notes it if this place cannot do that."""
        try:
            what()
        except NotRehearsedError as error:
            self.missing.append(str(error))


def deploy(life: Life) -> None:
    address = life.target.deploy()
    life.notes.update(api_url=address.api_url, migrator=address.migrator)
    made = life.migrator(action="create_api_key", tenant="rehearsal", name="first")
    life.notes["api_key"] = made["api_key"]
    jobs = next(life.client().jobs(limit=1, cursor=None, status=None))
    if jobs["items"]:
        raise DeploymentError("The new tenant has jobs already.")


def demo(life: Life) -> None:
    client = life.client()
    with life.target.scene(client, life.address) as scene:
        job_id = sample_job.submit(client, scene)
        sample_job.check(client, scene, job_id)
    life.notes["job_id"] = job_id


def rotate(life: Life) -> None:
    _rotate_webhook_secret(life)
    _rotate_api_key(life)
    life.tried(life.target.rotate_database_password)
    next(life.client().jobs(limit=1, cursor=None, status=None))  # by the new password


def upgrade(life: Life) -> None:
    life.tried(lambda: _back_and_forth(life))
    old = life.notes.get("revoked_key")
    deadline = time.monotonic() + REVOKED_WITHIN
    while old and not _is_refused(life.client(old)):
        if time.monotonic() > deadline:
            raise DeploymentError("A revoked key still opens the API.")
        time.sleep(2)


def restore(life: Life) -> None:
    client, after = life.client(), list[str]()
    with life.target.scene(client, life.address) as scene:
        life.target.restore_database(lambda: after.append(sample_job.submit(client, scene)))
    client.job(life.notes["job_id"])
    try:
        client.job(after[0])
    except ServiceError as error:
        if error.status != NOT_FOUND:
            raise
    else:
        raise DeploymentError("A job of after the restored moment is still there.")
    demo(life)


def destroy(life: Life) -> None:
    target = life.target
    request = Request(stage=target.stage, confirm=target.stage)
    destroy_stage(target.account, request, life.report)
    if deployed.find(target.account, request.stack) is not None:
        raise DeploymentError(f"{request.stack} is still there.")
    target.after_destroy()


def _rotate_webhook_secret(life: Life) -> None:
    client = life.client()
    before = client.webhook_secret()["secret"]
    answer = client.transport.send(
        "POST",
        f"{life.address.api_url}/v1/webhook-secret/rotate",
        headers={"Authorization": f"Bearer {life.notes['api_key']}"},
        repeatable=False,
    ).json()
    if answer["secret"] == before or answer["previous"]["secret"] != before:
        raise DeploymentError("The webhook secret was not replaced, or the one before is lost.")


def _rotate_api_key(life: Life) -> None:
    old = life.notes["api_key"]
    new = life.migrator(action="create_api_key", tenant="rehearsal", name="second")["api_key"]
    next(life.client(new).jobs(limit=1, cursor=None, status=None))
    life.notes.update(api_key=new, revoked_key=old)
    life.migrator(action="revoke_api_key", api_key=old)


def _back_and_forth(life: Life) -> None:
    """A job that begins with the release before and ends with this one."""
    life.target.deploy_last_release()
    client = life.client()
    with life.target.scene(client, life.address) as scene:
        job_id = sample_job.submit(client, scene)
        life.target.deploy()
        sample_job.check(client, scene, job_id)


def _is_refused(client: Client) -> bool:
    try:
        next(client.jobs(limit=1, cursor=None, status=None))
    except ServiceError as error:
        return error.status == UNAUTHORIZED
    except CommandError:
        return False
    return False


@dataclass(frozen=True)
class Step:
    """``does`` and ``proves`` are what people read."""

    name: str
    does: str
    proves: str
    run: Callable[[Life], None]


STEPS = (
    Step(
        "deploy",
        "deploys the stage and makes a first API key",
        "AWS takes the templates, and the tables are made in a network without a way out",
        deploy,
    ),
    Step(
        "demo",
        "sends the sample catalogue, good rows and bad ones, through the API",
        "every function may do what it must, and every image comes out",
        demo,
    ),
    Step(
        "rotate",
        "changes the webhook secret, the API key and the database's password",
        "each is changed without an interruption",
        rotate,
    ),
    Step(
        "upgrade",
        "deploys the release before, and this one over it while a job is under way",
        "a release can be deployed and taken back under load; a revoked key opens nothing",
        upgrade,
    ),
    Step(
        "restore",
        "restores the database by the commands of docs/operations.md",
        "they are right, and everything goes on with the restored tables",
        restore,
    ),
    Step("destroy", "deletes the stage", "nothing stays that nobody knows of", destroy),
)
