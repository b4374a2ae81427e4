"""Every statement of every path, by what it is for, as the functions call it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bench.stress.scene import Scene
from database import (
    csv_rows,
    deliveries,
    delivery_attempts,
    giving_up,
    idempotency,
    images,
    jobs,
    outcomes,
    progress,
    receivers,
    redeliveries,
    repairs,
    retention,
    retries,
)
from database.connection import Connection
from database.giving_up import GiveUpImages, GiveUpJob
from pipeline.messages import DeliveryAttempted, ImageFinished, OutputImage
from pipeline.states import DeliveryStatus, ImageStatus, JobStatus

BATCH = 2_000
"""Outcomes of one batch: 100 messages of 20."""

CHUNK = 5_000
"""Rows that ingest stores at once."""

PATIENCE = repairs.Patience(timedelta(minutes=10), timedelta(hours=4))
DAY = timedelta(days=1)
GIVEN_UP = GiveUpImages(idle=DAY, repairs=5, backlog=0, longest=14 * DAY)

PIECE = 5_000
"""Rows or images that the janitor deletes or fails at once."""

Path = Callable[[Connection, Scene], object]


def finished(scene: Scene, count: int = BATCH) -> list[ImageFinished]:
    """Outcomes of the next images of the job under way."""
    output = OutputImage(bytes=90_000, width=800, height=600, format="jpeg", sha256="ab" * 32)
    return [
        ImageFinished(
            job_id=scene.present,
            position=position,
            status=ImageStatus.SUCCEEDED,
            output_url="https://images.example/0.jpg",
            output=output,
        )
        for position in range(scene.done, scene.done + count)
    ]


def _attempted(connection: Connection) -> list[delivery_attempts.Recorded]:
    return [
        delivery_attempts.Recorded(
            DeliveryAttempted(
                delivery_id=delivery_id, attempt=attempts + 1, at=datetime.now(UTC), milliseconds=1
            ),
            DeliveryStatus.PENDING,
            timedelta(seconds=5),
        )
        for delivery_id, attempts in _under_way(connection)
    ]


def _under_way(connection: Connection) -> list[tuple[UUID, int]]:
    """A hundred deliveries, with the attempts of each."""
    return connection.execute(
        "SELECT delivery_id, attempts FROM deliveries WHERE status = 'pending' "
        "ORDER BY delivery_id LIMIT 100"
    ).fetchall()


def _noted(connection: Connection, *, answered: bool) -> None:
    ids = [delivery_id for delivery_id, _ in _under_way(connection)]
    receivers.note(connection, silent=ids, answered=ids if answered else [])


def _held_back(connection: Connection) -> object:
    ids = [delivery_id for delivery_id, _ in _under_way(connection)]
    return receivers.hold_back(connection, ids, lease=deliveries.LEASE)


def _retried(connection: Connection, scene: Scene) -> object:
    job = jobs.get(connection, scene.failed)
    assert job is not None
    return retries.begin(connection, job), retries.reset(connection, scene.failed)


def _redelivered(connection: Connection, scene: Scene) -> object:
    [delivery, *_] = deliveries.of_job(connection, scene.present)
    return redeliveries.begin(connection, delivery.delivery_id, tenant_id=scene.tenant_id)


def _urls(first: int, count: int = CHUNK) -> list[str]:
    return [f"https://shop.example/{n}.jpg" for n in range(first, first + count)]


PATHS: dict[str, Path] = {
    "job": lambda c, s: jobs.get(c, s.present, tenant_id=s.tenant_id),
    "jobs of a tenant": lambda c, s: jobs.page(c, tenant_id=s.tenant_id, before=None, limit=51),
    "completed jobs": lambda c, s: jobs.page(
        c, tenant_id=s.tenant_id, status=JobStatus.COMPLETED, before=None, limit=51
    ),
    "rejected jobs": lambda c, s: jobs.page(
        c, tenant_id=s.tenant_id, status=JobStatus.REJECTED, before=None, limit=51
    ),
    "images, first page": lambda c, s: images.page(c, s.present, status=None, after=-1, limit=101),
    "images, late page": lambda c, s: images.page(
        c, s.present, status=None, after=9_900, limit=101
    ),
    "pending images": lambda c, s: images.page(
        c, s.present, status=ImageStatus.PENDING, after=-1, limit=101
    ),
    "failed images": lambda c, s: images.page(
        c, s.present, status=ImageStatus.FAILED, after=-1, limit=101
    ),
    "deliveries of a job": lambda c, s: deliveries.of_job(c, s.present, limit=51),
    "an earlier request": lambda c, s: idempotency.earlier(
        c, idempotency.Keyed(s.tenant_id, "key", b"\0")
    ),
    "the first request of a key": lambda c, s: idempotency.claim(
        c, idempotency.Keyed(s.tenant_id, "another key", b"\0"), s.present
    ),
    "known URLs of a chunk": lambda c, s: images.positions(c, s.present, _urls(0)),
    "new URLs of a chunk": lambda c, s: images.positions(c, s.present, _urls(10**6)),
    "few known URLs": lambda c, s: images.positions(c, s.present, _urls(0, 100)),
    "images to send again": lambda c, s: images.pending(c, s.present, since=0, limit=CHUNK),
    "few images to send again": lambda c, s: images.pending(c, s.present, since=0, limit=100),
    "outcomes": lambda c, s: outcomes.record(c, finished(s)),
    "outcomes of few images": lambda c, s: outcomes.record(c, finished(s, count=20)),
    "closing": lambda c, s: jobs.close(c, [s.present]),
    "progress": lambda c, s: progress.advance(c, [s.present]),
    "attempts": lambda c, _s: delivery_attempts.record(c, _attempted(c)),
    "result": lambda c, s: next(csv_rows.results(c, s.present)),
    "failures": lambda c, s: next(csv_rows.failed(c, s.failed), None),
    "no failures": lambda c, s: next(csv_rows.failed(c, s.present), None),
    "due deliveries": lambda c, _s: deliveries.claim_due(c, limit=500),
    "due deliveries of a job": lambda c, s: deliveries.claim_of_jobs(
        c, [s.present], within=timedelta(minutes=1)
    ),
    "silent receivers": lambda c, _s: _noted(c, answered=False),
    "receivers that answer": lambda c, _s: _noted(c, answered=True),
    "deliveries of silent receivers": lambda c, _s: _held_back(c),
    "forgotten receivers": lambda c, _s: receivers.forget(c),
    "stuck jobs": lambda c, _s: repairs.claim_stuck(c, JobStatus.FINALIZING, PATIENCE, limit=200),
    "unsent retries": lambda c, _s: repairs.claim_unsent(c, PATIENCE, limit=200),
    "lost images": lambda c, _s: repairs.claim_pending_images(c, PATIENCE, backlog=0, limit=2_000),
    "counted jobs": lambda c, _s: repairs.close_counted(c, limit=200),
    "cancelled jobs": lambda c, _s: jobs.cancelled_since(c, timedelta(minutes=5), limit=200),
    "jobs to give up": lambda c, _s: giving_up.find(
        c, GiveUpJob(JobStatus.FINALIZING, idle=DAY, repairs=5), limit=200
    ),
    "images to give up": lambda c, _s: giving_up.find(c, GIVEN_UP, limit=100),
    "giving up": lambda c, s: giving_up.fail_pending(c, s.present, GIVEN_UP, limit=PIECE),
    "giving up a few": lambda c, s: giving_up.fail_pending(c, s.present, GIVEN_UP, limit=100),
    "a job to delete": lambda c, _s: retention.next_job(c, older_than=90 * DAY),
    "retention": lambda c, s: retention.delete_some(c, s.oldest, older_than=90 * DAY, limit=PIECE),
    "retention of a large job": lambda c, s: retention.delete_some(
        c, s.failed, older_than=-DAY, limit=PIECE
    ),
    "redelivery": _redelivered,
    "retry": _retried,
}
"""Each in a transaction of its own, which is rolled back."""


def run(connection: Connection, scene: Scene, path: Path) -> Any:  # noqa: ANN401 (any path's)
    """Walks the path once and takes it back."""
    with connection.transaction(force_rollback=True):
        return path(connection, scene)
