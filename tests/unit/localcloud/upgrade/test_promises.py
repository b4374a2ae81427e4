"""A trial whose promises are broken, over a real PostgreSQL: each is found."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from database.connection import Connection
from localcloud.upgrade import promises, waits
from localcloud.upgrade.catalogue import Catalogue
from localcloud.upgrade.trial import Trial
from pipeline.job import Job
from pipeline.states import JobStatus

SECONDS = timedelta(seconds=1)
LONG = 100 * SECONDS
IMAGES = 4


@pytest.fixture
def trial(
    database_url: str, connection: Connection, new_job: Callable[..., Job], tmp_path: Path
) -> Trial:
    """One job of which everything went well, a second for each step."""
    job = new_job(JobStatus.COMPLETED, images=IMAGES, webhook_url="https://a.example")
    connection.execute(
        """
        UPDATE jobs SET created_at = now(), completed_at = now() + interval '10 s',
                        images_succeeded = images_total
        """
    )
    connection.execute(
        """
        UPDATE images SET status = 'succeeded', finished_at = now() + interval '2 s'
            + position * interval '1 s'
        """
    )
    connection.execute(
        """
        INSERT INTO deliveries (job_id, tenant_id, event, url, body, created_at)
        SELECT job_id, tenant_id, 'job.processing', webhook_url, '', now() + interval '1 s'
        FROM jobs
        """
    )
    connection.execute(
        """
        INSERT INTO delivery_attempts (delivery_id, attempt, at, milliseconds)
        SELECT delivery_id, 1, created_at + interval '1 s', 0 FROM deliveries
        """
    )
    [(began,)] = connection.execute("SELECT extract(epoch FROM created_at)::float FROM jobs")
    answered = {f"/{n}.jpg": began + 1 + n for n in range(IMAGES)}
    made: Any = SimpleNamespace(database_url=database_url)
    sources: Any = SimpleNamespace(answered=answered)
    nobody: Any = None
    trial = Trial(made, nobody, sources, nobody, log=tmp_path / "log")
    trial.jobs[str(job.job_id)] = Catalogue("large", IMAGES, "https://shop.example")
    return trial


def test_steps_of_a_second_are_waits_of_a_second(trial: Trial) -> None:
    found = {queue: round(seconds) for queue, seconds in waits.longest(trial).items()}
    assert found == {"uploads": 1, "images": 1, "outcomes": 1, "finished": 5, "deliveries": 1}


LATE = {
    "uploads": "UPDATE deliveries SET created_at = created_at + %s",
    "an image that was overtaken": "UPDATE images SET finished_at = finished_at + %s"
    " WHERE position = 1",
    "all images at once": "UPDATE images SET finished_at = finished_at + %s WHERE position > 1",
    "finished": "UPDATE jobs SET completed_at = completed_at + %s",
    "deliveries": "UPDATE delivery_attempts SET at = at + %s",
}


@pytest.mark.parametrize("late", LATE)
def test_a_message_that_waits_is_found_on_its_queue(
    trial: Trial, connection: Connection, late: str
) -> None:
    connection.execute(LATE[late], [LONG])
    queue = "images" if "image" in late else late
    assert waits.longest(trial)[queue] > 90


def test_an_outcome_that_waits_is_found_on_its_queue(trial: Trial) -> None:
    trial.sources.answered["/2.jpg"] -= 100
    assert waits.longest(trial)["outcomes"] > 90


def test_counters_that_are_not_those_of_the_images_are_found(
    trial: Trial, connection: Connection
) -> None:
    assert list(promises._counted_once(trial)) == []
    connection.execute("UPDATE jobs SET images_succeeded = 2, images_failed = 1")
    [breach] = promises._counted_once(trial)
    assert "has counted (4, 2, 1)" in breach


def test_a_job_too_many_is_found(trial: Trial, new_job: Callable[..., Job]) -> None:
    new_job()
    assert list(promises._counted_once(trial)) == ["there are 2 jobs for 1 requests"]


def entry(message: str, level: str = "ERROR", **more: str) -> str:
    fields = {"level": level, "message": message, "service": "processor", **more}
    return json.dumps(fields, separators=(",", ":"))


FINE = [
    "INFO ministack started",
    entry("batch", level="INFO"),
    entry("outcomes not sent", exception_name="ReadTimeoutError"),
]
BROKEN = [
    entry("malformed message", reason="extra_forbidden"),
    entry("image not processed", exception_name="AttributeError", exception="Traceback"),
    "WARNING ESM: Lambda darkroom failed processing SQS batch from outcomes",
]


@pytest.mark.parametrize("line", BROKEN, ids=["malformed", "a bug", "a whole batch"])
def test_what_a_function_complains_of_is_found(trial: Trial, line: str) -> None:
    trial.log.write_text("\n".join(FINE))
    assert list(promises._log(trial)) == []
    trial.log.write_text("\n".join([*FINE, line]))
    assert len(list(promises._log(trial))) == 1
