"""Whether every promise of docs/reliability.md was kept; each breach is one sentence."""

import json
from collections import Counter
from collections.abc import Iterator

from mypy_boto3_s3.client import S3Client
from mypy_boto3_sqs.client import SQSClient

from localcloud import calls, cdk
from localcloud.upgrade import waits
from localcloud.upgrade.catalogue import Catalogue
from localcloud.upgrade.trial import Trial
from localcloud.upgrade.watching import COUNTED

LONGEST_WAIT = 60.0
"""Seconds that a message may wait beyond its turn, says docs/reliability.md."""

CALM = 0.5
"""Seconds that a look at all open jobs takes at most where nothing else runs. On a machine where it
takes so many times as long, everything may."""

MILESTONES = 3

FAILED_BATCH = "failed processing SQS batch"
"""The emulator's words for an invocation that failed as a whole."""

BUSY = {"ConnectTimeoutError", "ReadTimeoutError"}
"""What a function meets whose machine is too busy to answer it; it puts up with that."""


def breaches(trial: Trial) -> Iterator[str]:
    """Everything that is not as it must be."""
    yield from trial.findings
    if trial.mean_look <= CALM:
        yield from trial.unanswered
    yield from _counted_once(trial)
    for job_id, catalogue in trial.jobs.items():
        yield from _job(trial, job_id, catalogue)
        yield from _deliveries(trial, job_id, catalogue)
    yield from _receiver(trial)
    yield from _dead_letters(trial)
    yield from _log(trial)
    held = max(deploy.held for deploy in trial.deploys)
    allowed = LONGEST_WAIT * max(1.0, trial.mean_look / CALM) + held
    for queue, seconds in waits.longest(trial).items():
        if seconds > allowed:
            yield f"a message of the {queue} queue waited {seconds:.0f} s, not {allowed:.0f}"


def _counted_once(trial: Trial) -> Iterator[str]:
    rows = trial.rows(COUNTED)
    if len(rows) != len(trial.jobs):
        yield f"there are {len(rows)} jobs for {len(trial.jobs)} requests"
    for row in rows:
        counters = (row["images_total"], row["images_succeeded"], row["images_failed"])
        if counters != (row["total"], row["succeeded"], row["failed"]):
            yield f"{row['job_id']} has counted {counters} of {row}"


def _job(trial: Trial, job_id: str, catalogue: Catalogue) -> Iterator[str]:
    answer = trial.client.job(job_id)
    total, failed = catalogue.images * catalogue.is_usable, len(catalogue.failures)
    counts = {"total": total, "pending": 0, "succeeded": total - failed, "failed": failed}
    status = "completed" if catalogue.is_usable else "rejected"
    if (answer["status"], answer["images"]) != (status, counts):
        yield f"{catalogue.name} is {answer['status']} with {answer['images']}, not {counts}"
    elif catalogue.is_usable:
        yield from _images(trial, job_id, catalogue)


def _images(trial: Trial, job_id: str, catalogue: Catalogue) -> Iterator[str]:
    """The outcomes, the result and the objects."""
    images = calls.images(trial.client, job_id)
    outputs = {each["source_url"]: each["output_url"] for each in images if each["output_url"]}
    codes = {each["source_url"]: each["error"]["code"] for each in images if each["error"]}
    if codes != catalogue.failures or len(images) != catalogue.images:
        failures = Counter(codes.values())
        yield f"{catalogue.name} lists {len(images)} images, with the failures {failures}"
    with trial.client.download(job_id, "result") as pieces:
        if b"".join(pieces) != catalogue.expected(outputs):
            yield f"the result of {catalogue.name} is not what its images say"
    stored = _stored(trial, job_id)
    if stored != {"images/" + url.rpartition("/images/")[2] for url in outputs.values()}:
        yield f"{catalogue.name} has {len(stored)} objects for {len(outputs)} images"


def _stored(trial: Trial, job_id: str) -> set[str]:
    """Keys of the job's images."""
    s3: S3Client = cdk.session().client("s3", endpoint_url=trial.stack.aws_endpoint_url)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=trial.stack.buckets["images"], Prefix=f"images/{job_id}/"
    )
    return {each["Key"] for page in pages for each in page.get("Contents", [])}


def _deliveries(trial: Trial, job_id: str, catalogue: Catalogue) -> Iterator[str]:
    answers = calls.deliveries(trial.client, job_id)
    events = Counter(answer["event"] for answer in answers)
    once = {"job.processing", "job.completed"} if catalogue.is_usable else {"job.rejected"}
    if {
        event: count for event, count in events.items() if event != "job.progress"
    } != dict.fromkeys(once, 1):
        yield f"{job_id} has the deliveries {dict(events)}"
    for answer in answers:
        if answer["status"] != "delivered":
            yield f"{answer['event']} of {job_id} is {answer['status']}"


def _receiver(trial: Trial) -> Iterator[str]:
    arrived = trial.receiver.deliveries
    if unsigned := sum(not each.verified for each in arrived):
        yield f"{unsigned} webhooks had no valid signature"
    completed = {each.id for each in arrived if each.event == "job.completed"}
    usable = sum(catalogue.is_usable for catalogue in trial.jobs.values())
    if len(completed) != usable:
        yield f"{len(completed)} different job.completed arrived for {usable} jobs"


def _dead_letters(trial: Trial) -> Iterator[str]:
    sqs: SQSClient = cdk.session().client("sqs", endpoint_url=trial.stack.aws_endpoint_url)
    for name, url in trial.stack.queues.items():
        if name.endswith("-dead"):
            for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
                yield f"a dead letter of {name}: {message['Body'][:300]}"


def _log(trial: Trial) -> Iterator[str]:
    """Nothing was handed back, of either release."""
    for line in trial.log.read_text(errors="replace").splitlines():
        if FAILED_BATCH in line:
            yield line
        if line.startswith("{") and '"level":"ERROR"' in line:
            entry = json.loads(line)
            if entry.get("exception_name") not in BUSY:
                reason = entry.get("reason") or entry.get("exception", "")
                yield f"{entry['service']}: {entry['message']} {reason[-300:]}"
