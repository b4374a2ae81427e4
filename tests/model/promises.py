"""What must hold after every step, and once everything has had its time."""

import csv
import io
import json
from collections import Counter
from datetime import timedelta
from uuid import UUID

from database.receivers import GIVEN_UP_AFTER
from pipeline import keys
from pipeline.states import ENDS, MOVES, JobStatus
from tests.model import meanwhile
from tests.model.images import output_url
from tests.model.receiver import OK
from tests.model.world import World

JOB_MOVES = {(before.value, after.value) for before in MOVES for after in MOVES[before]}
IMAGE_MOVES = {("pending", "succeeded"), ("pending", "failed"), ("failed", "pending")}
DELIVERY_MOVES = {("pending", "delivered"), ("pending", "failed")}
RESTARTS = {("delivered", "pending"), ("failed", "pending")}
"""Only where somebody has asked for it to be sent again."""

TRIES = 10

COUNTS = """
    SELECT jobs.*, i.total, i.pending, i.succeeded, i.failed, r.rows, r.rejected
    FROM jobs,
        LATERAL (SELECT count(*) AS total,
                        count(*) FILTER (WHERE images.status = 'pending') AS pending,
                        count(*) FILTER (WHERE images.status = 'succeeded') AS succeeded,
                        count(*) FILTER (WHERE images.status = 'failed') AS failed
                 FROM images WHERE images.job_id = jobs.job_id) AS i,
        LATERAL (SELECT count(*) AS rows, count(error_code) AS rejected
                 FROM csv_rows WHERE csv_rows.job_id = jobs.job_id) AS r
"""


def hold_always(world: World) -> None:
    """Nothing is counted twice or lost, nothing moves where it may not, nothing is said twice, and
    SQS knows whose each image and webhook is."""
    tenant = str(world.tenant_id)
    for queue, group in world.sqs.groups:
        assert group == (tenant if queue in ("images", "deliveries") else None)
    _jobs(world)
    _moves(world)
    _deliveries(world)


def _jobs(world: World) -> None:
    for job in world.rows(COUNTS):
        counted = (job["images_total"], job["images_succeeded"], job["images_failed"])
        assert counted == (job["total"], job["succeeded"], job["failed"])
        assert job["total"] == job["pending"] + job["succeeded"] + job["failed"]
        assert (job["rows_total"], job["rows_rejected"]) == (job["rows"], job["rejected"])
        assert (job["completed_at"] is not None) == (job["status"] in ENDS)
        if job["status"] in (JobStatus.FINALIZING, JobStatus.COMPLETED):
            assert job["pending"] == 0
        if job["status"] == JobStatus.COMPLETED:
            key = keys.result(job["job_id"], job["retries"])
            assert ("results", key) in world.s3.objects


def _moves(world: World) -> None:
    restarts: Counter[str] = Counter()
    for move in world.rows("SELECT * FROM clock.moves ORDER BY number"):
        step = (move["before"], move["after"])
        match move["what"]:
            case "jobs":
                assert step in JOB_MOVES
            case "images":
                assert step in IMAGE_MOVES
            case "deliveries" if step in RESTARTS:
                restarts[move["place"]] += 1
            case "deliveries":
                assert step in DELIVERY_MOVES
    assert restarts <= Counter(map(str, world.redelivered))


def _deliveries(world: World) -> None:
    completed: dict[str, set[UUID]] = {}
    for post in world.receiver.posts:
        said = json.loads(post.body)
        if said["type"] == "job.completed":
            completed.setdefault(said["data"]["job_id"], set()).add(post.delivery_id)
    assert all(len(ids) == 1 for ids in completed.values())
    for each in world.rows(
        "SELECT deliveries.*, array_agg(attempt ORDER BY attempt) AS made,"
        " array_agg(status_code ORDER BY attempt) AS codes"
        " FROM deliveries LEFT JOIN delivery_attempts USING (delivery_id) GROUP BY delivery_id"
    ):
        made = [number for number in each["made"] if number is not None]
        assert made == list(range(1, each["attempts"] + 1))
        tries = each["attempts"] - each["restarted_after"]
        assert tries <= TRIES
        if each["status"] == "failed":  # not before the end of its schedule, unless it was told so
            assert tries == TRIES or each["codes"][-1] == 410 or _waited_in_vain(world, each)
        assert (each["next_attempt_at"] is not None) == (each["status"] == "pending")


def _waited_in_vain(world: World, delivery: dict) -> bool:  # type: ignore[type-arg]
    """For a receiver that was silent for days."""
    opened = max(filter(None, (delivery["created_at"], delivery["restarted_at"])))
    return delivery["codes"][-1] is None and world.clock.now - opened > GIVEN_UP_AFTER


def settle(world: World) -> None:
    """Lets time pass without faults until nothing more is to be done.

    Jobs end within hours, because the janitor's longest pause is four, and
    deliveries when they are due.
    """
    meanwhile.arm(world, None)
    world.receiver.answer = OK
    world.processor.codes = [None]
    began = world.clock.now
    rounds = 0
    while True:
        world.janitor()
        _drain(world)
        hold_always(world)
        waiting = world.rows(
            "SELECT greatest(next_attempt_at, queued_until, clock.now()) AS due FROM deliveries"
            " WHERE status = 'pending' ORDER BY due LIMIT 1"
        )
        active = world.rows("SELECT FROM jobs WHERE status <> ALL(%s)", sorted(ENDS))
        if not active and not waiting:
            return
        rounds += 1
        if active:
            assert world.clock.now - began < timedelta(hours=9), "a job stays open"
            world.clock.advance(timedelta(minutes=1 if rounds < 3 else 10))
        else:
            assert world.clock.now - began < timedelta(hours=40), "a delivery stays open"
            world.clock.set(waiting[0]["due"] + timedelta(minutes=1))


def _drain(world: World) -> None:
    while any(world.sqs.waiting(name) for name in meanwhile.WORKS):
        for name in meanwhile.WORKS:
            world.work(name, lambda waiting: waiting[:10])


def hold_in_the_end(world: World) -> None:
    """Everything has come to its end, and its end has been told."""
    for job in world.rows(COUNTS + "ORDER BY job_id"):
        job_id = job["job_id"]
        images = world.rows("SELECT * FROM images WHERE job_id = %s", job_id)
        for image in images:
            _is_as_reported(world, job, image)
        if job["status"] == JobStatus.COMPLETED:
            assert _result(world, job) == _expected(world, job, images)
        events = [
            each["event"]
            for each in world.rows(
                "SELECT event FROM deliveries WHERE job_id = %s AND event <> 'job.progress'"
                " ORDER BY delivery_id",
                job_id,
            )
        ]
        assert len(events) == len(set(events))
        if job["webhook_url"] is not None and job["status"] != JobStatus.EXPIRED:
            was_completed = bool(
                world.rows(
                    "SELECT FROM clock.moves WHERE job_id = %s AND after = 'completed'", job_id
                )
            )
            assert ("job.completed" in events) == was_completed
            for status in (JobStatus.REJECTED, JobStatus.CANCELLED):
                assert (f"job.{status}" in events) == (job["status"] == status)


def _is_as_reported(world: World, job: dict, image: dict) -> None:  # type: ignore[type-arg]
    if image["status"] == "pending":
        assert job["status"] == JobStatus.CANCELLED
    elif image["error_code"] not in ("invalid_url", "internal_error"):
        reported = (job["job_id"], image["position"], image["error_code"])
        assert reported in world.processor.reported


def _result(world: World, job: dict) -> list[list[str]]:  # type: ignore[type-arg]
    key = keys.result(job["job_id"], job["retries"])
    return _lines(world.s3.objects["results", key][-1])


def _lines(data: bytes) -> list[list[str]]:
    """Without the header."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]


def _expected(world: World, job: dict, images: list[dict]) -> list[list[str]]:  # type: ignore[type-arg]
    """The result by the words of the contract, from the upload and what became of each image."""
    by_url = {each["url"]: each for each in images}
    versions = world.s3.objects["uploads", keys.upload(job["job_id"])]
    rows = []
    for name, urls in _lines(versions[int(job["source_version"]) - 1]):
        places, errors = [], []
        if not name:
            errors.append("missing_name: name")
        elif not any(url.startswith("https:") for url in urls.split()):
            errors.append("invalid_url: images" if urls else "missing_urls: images")
        else:
            for url in urls.split():
                image = by_url[url]
                succeeded = image["status"] == "succeeded"
                places.append(output_url(job["job_id"], image["position"]) if succeeded else "")
                if not succeeded:
                    errors.append(f"{image['error_code']}: {url}")
        rows.append([name, urls, ",".join(places), "\n".join(errors)])
    return rows
