"""Brings a campaign's jobs in: first one without faults, to compare the others with."""

import hashlib
import json
import time

from chaos import pictures, tables
from chaos.campaign import ENDED, Campaign, Reference
from chaos.plan import JobPlan, RowPlan
from chaos.sources import Answer, ImagePlan

PATIENCE = 600.0
"""Seconds for a dozen pictures, on a machine that has much else to do."""


def take_references(campaign: Campaign) -> None:
    """Has each picture compressed once while nothing is wrong yet."""
    images = tuple(
        ImagePlan(f"/reference/{n}.jpg", (Answer.GOOD,), n) for n in range(pictures.COUNT)
    )
    campaign.origin.add({image.name: image for image in images})
    rows = tuple(RowPlan(image.name, (image,)) for image in images)
    job = JobPlan(-1, rows, images, hook=None, notices=0)
    table = tables.sent(job, campaign.origin.url)
    job_id = campaign.client.submit(table, key="reference", webhook_url=None)
    deadline = time.monotonic() + PATIENCE
    while campaign.client.job(job_id)["status"] not in ENDED:
        if time.monotonic() > deadline:
            raise TimeoutError("The job without faults did not end.")
        time.sleep(0.2)
    for image in campaign.client.images(job_id):
        stored = campaign.client.fetch(image["output_url"])
        extension = image["output_url"].rpartition(".")[2]
        campaign.references.append(Reference(extension, hashlib.sha256(stored).hexdigest()))


def submit(campaign: Campaign) -> None:
    """Sends every job's CSV, and S3's notification of some of them again."""
    for job in campaign.plan.jobs:
        hook = f"{campaign.receiver.url}{job.hook.path}" if job.hook else None
        table = tables.sent(job, campaign.origin.url)
        key = f"{campaign.plan.seed}-{job.number}"
        campaign.job_ids[job.number] = campaign.client.submit(
            table, key=key, webhook_url=hook, store=job.store
        )
        campaign.notices_left[job.number] = job.notices
        notify_again(campaign, job)


def notify_again(campaign: Campaign, job: JobPlan) -> None:
    """S3's notification of a job's upload once more, as S3 writes it, while some are left."""
    if campaign.notices_left[job.number]:
        campaign.notices_left[job.number] -= 1
        key = f"uploads/{campaign.job_ids[job.number]}.csv"
        record = {
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": campaign.stack.buckets["uploads"]}, "object": {"key": key}},
        }
        campaign.deployment.send("uploads", json.dumps({"Records": [record]}))
        campaign.tally.add("S3", "notification again")
