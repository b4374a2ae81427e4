"""The demo's sample, sent through a deployed API and looked at from all sides."""

import time
from collections.abc import Iterator

from darkroom.client import Client
from darkroom.failures import read
from darkroom.watching import ENDED
from darkroom.words import Answer
from deployment.errors import DeploymentError
from deployment.rehearsal.target import Scene
from localcloud import calls
from localcloud.demo import checks

PATIENCE = 900.0
"""Seconds for a job; cold functions and a slow account take a minute."""

POLL = 2.0


def submit(client: Client, scene: Scene) -> str:
    """Sends the sample; the job's id."""
    return calls.submit(
        client, scene.sample.csv(), filename="products.csv", webhook_url=scene.webhook_url
    )


def check(client: Client, scene: Scene, job_id: str) -> None:
    """Waits for the job, and holds everything that came of it to the sample.

    Raises:
        DeploymentError: something is not as it should be; all of it, a sentence each.
    """
    findings = list(_findings(client, scene, _ended(client, job_id)))
    if findings:
        raise DeploymentError(f"The job {job_id} is not as it should be: {'; '.join(findings)}.")


def _ended(client: Client, job_id: str) -> Answer:
    deadline = time.monotonic() + PATIENCE
    while (job := client.job(job_id))["status"] not in ENDED:
        if time.monotonic() > deadline:
            raise DeploymentError(f"The job {job_id} was not done after {PATIENCE:.0f} s: {job}.")
        time.sleep(POLL)
    return job


def _findings(client: Client, scene: Scene, job: Answer) -> Iterator[str]:
    sample, job_id = scene.sample, job["job_id"]
    yield from checks.job(job, sample)
    yield from checks.balance(job)
    if job["status"] != "completed":
        return
    images = calls.images(client, job_id)
    outputs = {each["source_url"]: each["output_url"] for each in images if each["output_url"]}
    yield from checks.images(images, sample)
    yield from checks.pictures(outputs, lambda url: client.transport.send("GET", url).content)
    with client.download(job_id, "result") as pieces:
        yield from checks.result(b"".join(pieces).decode(), sample, outputs)
    with client.download(job_id, "failures") as pieces:
        yield from checks.failures(list(read(pieces)), sample)
    yield from scene.webhooks(job_id)
