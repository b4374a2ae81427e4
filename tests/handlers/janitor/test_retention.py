"""Jobs that were kept long enough."""

from datetime import timedelta

from database import deliveries
from database.connection import Connection
from pipeline.states import JobEvent, JobStatus
from tests.handlers.janitor.world import HOOK, NewJob, age, attempt_once, end, feed, now


def test_a_job_goes_with_all_that_belongs_to_it_when_it_was_kept_long_enough(
    connection: Connection, new_job: NewJob
) -> None:
    old = new_job(images=3, webhook_url=HOOK)
    deliveries.open_delivery(connection, old, JobEvent.PROCESSING, body="{}")
    attempt_once(connection, old)
    end(connection, old)
    age(connection, timedelta(days=91))
    young = new_job(images=2)
    end(connection, young)
    assert feed()["jobs_deleted"] == 1
    assert now(connection, young).status == JobStatus.COMPLETED
    for table, left in (
        ("jobs", 1), ("images", 2), ("csv_rows", 2), ("deliveries", 0), ("delivery_attempts", 0)
    ):  # fmt: skip
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (left,)


def test_an_unfinished_job_stays_whatever_its_age(connection: Connection, new_job: NewJob) -> None:
    new_job(images=1)
    age(connection, timedelta(days=400))
    assert feed()["jobs_deleted"] == 0
