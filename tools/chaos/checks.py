"""Whether every promise was kept; each breach is one sentence."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from chaos import tables
from chaos.campaign import ENDED, Campaign, plain
from chaos.client import Answer
from chaos.hooks import HookAnswer
from chaos.plan import JobPlan
from chaos.receiver import ELSEWHERE

TRIES = 10
"""Of a webhook, says the contract."""

JOB = re.compile(r'(?:uploads/|"job_id": ?")([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})')
"""Where a message names a job. S3's notifications have other ids beside it."""


def breaches(campaign: Campaign) -> Iterator[str]:
    """Everything that is not as the plan says it must be."""
    yield from campaign.findings
    yield from _counted_once(campaign)
    for job in campaign.plan.jobs:
        answer = campaign.client.job(campaign.job_ids[job.number])
        yield from _job(job, answer)
        if answer["status"] == "completed":
            yield from _images(campaign, job)
            yield from _result(campaign, job)
            yield from _account(campaign, job)
        yield from _deliveries(campaign, job)
    yield from _receivers(campaign)
    yield from _dead_letters(campaign)


def _job(job: JobPlan, answer: Answer) -> Iterator[str]:
    failed = sum(image.code is not None for image in job.images)
    wanted = {
        "status": "completed",
        "rows": {"total": len(job.rows), "rejected": sum(not row.name for row in job.rows)},
        "images": {
            "total": len(job.images),
            "pending": 0,
            "succeeded": len(job.images) - failed,
            "failed": failed,
        },
    }
    for name, value in wanted.items():
        if answer[name] != value:
            yield f"job {job.number}: {name} is {answer[name]}, not {value}"


def _counted_once(campaign: Campaign) -> Iterator[str]:
    """A job's counters against the images themselves, each of which is one row."""
    query = """
        SELECT jobs.job_id::text, status, images_total, images_succeeded, images_failed,
               jobs.input_bytes, jobs.output_bytes, counted.*
        FROM jobs LEFT JOIN LATERAL (
            SELECT count(*) AS total,
                   count(*) FILTER (WHERE images.status = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE images.status = 'failed') AS failed,
                   coalesce(sum(images.input_bytes)
                       FILTER (WHERE images.status = 'succeeded'), 0) AS bytes_in,
                   coalesce(sum(images.output_bytes)
                       FILTER (WHERE images.status = 'succeeded'), 0) AS bytes_out
            FROM images WHERE images.job_id = jobs.job_id) AS counted ON true
    """
    rows = campaign.database.rows(query)
    known = set(campaign.job_ids.values())
    if len(rows) != len(known) + 1:  # and the one without faults
        yield f"there are {len(rows)} jobs for {len(known) + 1} requests"
    for row in rows:
        pairs = (
            ("images_total", "total"),
            ("images_succeeded", "succeeded"),
            ("images_failed", "failed"),
            ("input_bytes", "bytes_in"),
            ("output_bytes", "bytes_out"),
        )
        for counter, counted in pairs:
            if row[counter] != row[counted]:
                yield f"{row['job_id']}: {counter} is {row[counter]}, of {row[counted]} in truth"
        if row["status"] not in ENDED:
            yield f"{row['job_id']} is still {row['status']}"


def _images(campaign: Campaign, job: JobPlan) -> Iterator[str]:
    """Each image's outcome, and the stored object's bytes."""
    planned = {image.url(campaign.origin.url): image for image in job.images}
    outputs = campaign.outputs(job)
    answers = {each["source_url"]: each for each in campaign.client.images(_id(campaign, job))}
    if answers.keys() != planned.keys():
        yield f"job {job.number}: {len(answers)} images are listed for {len(planned)}"
    for url, image in planned.items():
        answer = answers.get(url) or {"status": "missing", "error": None}
        code = (answer["error"] or {}).get("code")
        if (answer["status"], code) != ("failed" if image.code else "succeeded", image.code):
            asked = campaign.origin.times(image.name)
            yield (
                f"{url} is {answer['status']} ({code}), not {image.code or 'succeeded'}; "
                f"it was asked {asked} times"
            )
        elif image.code is None:
            if plain(answer["output_url"]) != outputs[image]:
                yield f"{url} is at {answer['output_url']}, not {outputs[image]}"
            stored = hashlib.sha256(campaign.client.fetch(answer["output_url"])).hexdigest()
            if stored != answer["output"]["sha256"]:
                yield f"{url}: the stored object is not what its receipt says"
            if stored != campaign.references[image.picture].sha256:
                yield f"{url}: the stored object is not what it is without faults"


def _result(campaign: Campaign, job: JobPlan) -> Iterator[str]:
    wanted = tables.expected(job, campaign.origin.url, campaign.outputs(job))
    found = plain(campaign.client.result(_id(campaign, job)).decode()).encode()
    if found != wanted:
        pairs = zip(found.splitlines(), wanted.splitlines(), strict=False)
        line = next((pair for pair in pairs if pair[0] != pair[1]), (b"", b"another length"))
        yield f"job {job.number}: the result has {line[0].decode()!r}, not {line[1].decode()!r}"


def _account(campaign: Campaign, job: JobPlan) -> Iterator[str]:
    """What Cloudinary has of a job: repeated uploads have overwritten."""
    job_id = _id(campaign, job)
    found = {name for name in campaign.cloudinary.assets if f"/{job_id}/" in name}
    wanted = len(campaign.outputs(job)) if job.store == "cloudinary" else 0
    if len(found) != wanted:
        yield f"job {job.number} has {len(found)} images at Cloudinary, not {wanted}"


def _deliveries(campaign: Campaign, job: JobPlan) -> Iterator[str]:
    """Delivered, given up as the contract says, or scheduled; ``job.completed`` once."""
    answers = list(campaign.client.deliveries(_id(campaign, job)))
    completed = sum(answer["event"] == "job.completed" for answer in answers)
    if completed != (1 if job.hook else 0):
        yield f"job {job.number} has {completed} deliveries of job.completed"
    if job.hook is None:
        return
    for answer in answers:
        attempts = answer["attempts"]
        last = attempts[-1]["status_code"] if attempts else None
        match answer["status"]:
            case "delivered":
                kept = job.hook.takes and last is not None and 200 <= last < 300
            case "failed":
                kept = last == 410 if job.hook.kind == "gone" else len(attempts) >= TRIES
            case _:
                kept = job.hook.kind == "down" and answer["next_attempt_at"] is not None
        if not kept:
            yield (
                f"job {job.number}: {answer['event']} to a receiver that is {job.hook.kind} is "
                f"{answer['status']} after {[each['status_code'] for each in attempts]}"
            )


def _receivers(campaign: Campaign) -> Iterator[str]:
    """What arrived, as its receivers tell it."""
    ids: dict[str, set[str]] = defaultdict(set)
    taken: set[str] = set()
    for each in campaign.receiver.arrived:
        if each.path == ELSEWHERE:
            yield f"webhook {each.webhook_id} followed a redirect"
        if not each.event:
            yield f"webhook {each.webhook_id} has no valid signature"
        if each.event == "job.completed":
            ids[each.job_id].add(each.webhook_id)
            if each.answer is HookAnswer.TAKEN:
                taken.add(each.job_id)
    for job in campaign.plan.jobs:
        job_id = _id(campaign, job)
        if job.hook and len(ids[job_id]) != 1:
            yield f"job.completed of job {job.number} arrived under {len(ids[job_id])} ids"
        if job.hook and job.hook.takes and job_id not in taken:
            yield f"job.completed of job {job.number} was never taken by its receiver"


def _dead_letters(campaign: Campaign) -> Iterator[str]:
    """A dead letter is explained where it is late news of jobs that have ended without it."""
    over = {
        row["job_id"]
        for row in campaign.database.rows(
            "SELECT job_id FROM jobs WHERE status = ANY(%s)", [*ENDED]
        )
    }
    for queue, body in campaign.deployment.dead_letters():
        named = {UUID(each) for each in JOB.findall(body)}
        explained = queue in {"uploads", "finished", "outcomes"} and named and named <= over
        campaign.tally.add("dead letters", f"{queue}, explained" if explained else queue)
        if not explained:
            yield f"a dead letter of the {queue} queue has no explanation: {body[:300]}"


def _id(campaign: Campaign, job: JobPlan) -> str:
    return campaign.job_ids[job.number]
