"""What users do, through the api function; and the owner of the webhook's receiver."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from database import tenants
from pipeline import keys
from tests.api_requests import request
from tests.model.faults import Killed
from tests.model.world import World

HOOK = "https://shop.example/hook"


def call(world: World, method: str, path: str, **more: Any) -> dict[str, Any] | None:
    """A request. None if it failed, or if the function was killed: the client got no answer.

    No answer may be an internal error, whatever goes wrong.
    """
    try:
        answer = world.here.api.answer(request(method, path, **more), None)  # type: ignore[arg-type] # not used
    except Killed:
        world.here.end()
        return None
    assert answer["statusCode"] < 500 or answer["statusCode"] == 503, answer
    if answer["statusCode"] >= 400:
        return None
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def submit(world: World, content: bytes, *, webhook: bool, presigned: bool) -> None:
    """Makes a job, with its CSV or to be uploaded later."""
    asked = {"webhook_url": HOOK} if webhook else {}
    if presigned:
        made = call(
            world,
            "POST",
            "/v1/jobs",
            body=json.dumps(asked).encode(),
            headers={"content-type": "application/json"},
        )
    else:
        made = call(
            world,
            "POST",
            "/v1/jobs",
            body=content,
            query=asked,
            headers={"content-type": "text/csv"},
        )
    if made is not None:
        world.uploads[UUID(made["job_id"])] = content


def upload(world: World, job_id: UUID) -> None:
    """Sends a job's CSV to S3, which takes it for 15 minutes."""
    job = world.row("SELECT * FROM jobs WHERE job_id = %s", job_id)
    if job["upload_expires_at"] > world.clock.now:
        world.s3.put_object(Bucket="uploads", Key=keys.upload(job_id), Body=world.uploads[job_id])


def cancel(world: World, job_id: UUID) -> None:
    call(world, "POST", f"/v1/jobs/{job_id}/cancel")


def retry(world: World, job_id: UUID) -> None:
    call(world, "POST", f"/v1/jobs/{job_id}/retry")


def redeliver(world: World, delivery_id: UUID) -> None:
    world.redelivered.append(delivery_id)
    call(world, "POST", f"/v1/deliveries/{delivery_id}/redeliver")


def rotate(world: World) -> None:
    """Replaces the secret; whatever came back, the receiver's owner looks what it is now."""
    call(world, "POST", "/v1/webhook-secret/rotate")
    found = tenants.webhook_secrets(world.connection, world.tenant_id)
    known = world.receiver.secrets
    if found.secret != known[-1][0]:
        # What was signed a moment ago with the one before the last may still be on its way.
        soon = world.clock.now + timedelta(minutes=5)
        world.receiver.secrets = [
            *((secret, min(until or soon, soon)) for secret, until in known[:-1]),
            (known[-1][0], found.previous_expires_at),
            (found.secret, None),
        ]
